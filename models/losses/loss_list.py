"""Several losses as one, each with its own name in the log.

A loss is a module of one of two kinds:

    loss(output, target, target_weight) → scalar     of the network's output
    loss(outputs, batch) → scalar                    `wants_batch = True`: of all there is, such as
                                                     a distillation's, which reads features

Its name in the log is its attribute `loss_name`, which must hold the word 'loss' since what has it
is summed and minimised, or follows from its class: `MyLoss` is `my_loss`. A network that a loss
only reads, such as a teacher, must not become a child of the loss, or it would be saved in every
checkpoint and given to the optimizer: keep it in a tuple.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from models.builder import build_loss


class LossList(nn.Module):
    """Losses that are computed side by side.

    Args:
        losses: name in the log → loss.

    Attributes:
        wants_batch: whether one of them reads more than the output.
    """

    def __init__(self, losses: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.losses = nn.ModuleDict(losses)
        self.wants_batch = any(getattr(loss, "wants_batch", False) for loss in losses.values())

    def forward(self, outputs: Mapping[str, Any], batch: Mapping[str, Any]) -> dict[str, Tensor]:
        """Name → scalar.

        Args:
            outputs: `output`, the network's, and, where `wants_batch`, `features`, the backbone's
                maps.
            batch: what the pipeline collected: `img`, `target`, `target_weight` …
        """
        return {
            name: loss(outputs, batch)
            if getattr(loss, "wants_batch", False)
            else loss(outputs["output"], batch["target"], batch["target_weight"])
            for name, loss in self.losses.items()
        }


def build_losses(cfg: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None) -> LossList | None:
    """The losses of a config's `model.loss_pose`: one, a list of them, or None.

    Args:
        cfg: config of a loss, or a list; `loss_name` beside a loss's own keys is its name in the
            log, where two would have the same.

    Raises:
        KeyError: an unknown type or argument; names the nearest known one.
        ValueError: two losses of one name, or a name without the word 'loss'.
    """
    if not cfg:
        return None
    losses: dict[str, nn.Module] = {}
    for entry in [cfg] if isinstance(cfg, Mapping) else cfg:
        args = dict(entry)
        name = args.pop("loss_name", None)
        loss = build_loss(args)
        name = name or _name(loss)
        if "loss" not in name:
            raise ValueError(
                f"loss_pose: '{name}' would be logged but not minimised; put 'loss' into loss_name"
            )
        if name in losses:
            raise ValueError(
                f"loss_pose has two losses called '{name}'; give one of them another loss_name"
            )
        losses[name] = loss
    return LossList(losses)


def _name(loss: nn.Module) -> str:
    given = getattr(loss, "loss_name", None)
    if given:
        return given
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(loss).__name__).lower()
