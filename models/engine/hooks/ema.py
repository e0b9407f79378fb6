"""Weights averaged over the run, for testing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from mmcv.runner import HOOKS, Hook
from torch import Tensor, nn


class Average:
    """An exponential moving average of a network's parameters.

    Buffers, batch-norm statistics for one, are the network's own of the moment.

    Args:
        network: the network that is trained.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.parameters = {n: p.detach().clone() for n, p in network.named_parameters()}

    @torch.no_grad()
    def update(self, momentum: float) -> None:
        """Move by the share `momentum` towards the parameters of now."""
        for name, parameter in self.network.named_parameters():
            self.parameters[name].lerp_(parameter, momentum)

    def state_dict(self) -> dict[str, Tensor]:
        """The network's state dict with the averages in it, on the CPU."""
        return {
            name: self.parameters.get(name, value).cpu()
            for name, value in self.network.state_dict().items()
        }

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from a state dict that `state_dict` returned."""
        for name, average in self.parameters.items():
            average.copy_(state[name])

    @contextmanager
    @torch.no_grad()
    def in_place(self) -> Iterator[None]:
        """Within the block, the network has the averaged parameters."""
        own = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        self._put(self.parameters)
        try:
            yield
        finally:
            self._put(own)

    def _put(self, values: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(values[name])


@HOOKS.register_module(name="EMAHook", force=True)
class EMAHook(Hook):
    """Average the weights over the run; validation and checkpoints get the averaged ones.

    Takes the place of mmcv's hook, with its arguments but `resume_from`. Here the average is no
    part of the network, so that a checkpoint is one of the plain network, and a run can be resumed
    in the middle of an epoch. With an `interval` above 1, mmcv lets the share of the new weights
    vanish (momentum to the power of interval); here it is that of as many single updates.

    Args:
        momentum: share of the new weights after each iteration.
        interval: iterations from one update to the next, whose share is larger for it.
        warm_up: the share is at most (1 + i) / (warm_up + i) after iteration i, as in mmcv.
    """

    def __init__(self, momentum: float = 0.0002, interval: int = 1, warm_up: int = 100) -> None:
        if not 0 < momentum < 1 or interval < 1:
            raise ValueError(
                f"EMAHook: momentum {momentum} must lie between 0 and 1, interval {interval} must "
                "be 1 or more"
            )
        self.momentum = 1 - (1 - momentum) ** interval
        self.interval = interval
        self.warm_up = warm_up

    def attach(self, runner: Any) -> None:
        """Begin with the weights of now; before a run is resumed."""
        runner.ema = Average(getattr(runner.model, "module", runner.model))

    def after_train_iter(self, runner: Any) -> None:
        """Update, after the optimizer's step."""
        if runner.iter % self.interval == 0:
            warm_up = (1 + runner.iter) / (self.warm_up + runner.iter)
            runner.ema.update(min(self.momentum, warm_up))
