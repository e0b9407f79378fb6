"""Stopping at the first loss that is not a number, rather than after a night of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from mmcv.runner import HOOKS, Hook
from torch import Tensor


@dataclass
class _Batch:
    """What an error says about an iteration."""

    epoch: int
    iteration: int
    size: int
    images: Sequence[Any]
    loss: Tensor | float


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop training on a NaN or infinite loss, naming the first such batch.

    A loss that is a number is checked at once, before the optimizer's step. One that is a tensor on
    a GPU is kept, since to read it waits for the GPU; all that were kept are checked every
    `interval` iterations, at the end of the epoch, and before any checkpoint is written: weights
    after a step with such a loss are never saved.

    Args:
        interval: iterations from one check to the next; the log's, which waits anyway.
    """

    def __init__(self, interval: int = 50) -> None:
        self.interval = interval
        self.unchecked: list[_Batch] = []

    def before_run(self, runner: Any) -> None:
        """Have checkpoints wait for the check."""
        runner.before_save.append(self.check)

    def after_train_iter(self, runner: Any) -> None:
        """Check the loss, or keep it.

        Raises:
            ValueError: it is not finite.
        """
        loss = runner.outputs["log_vars"]["loss"]
        metas = runner.data_batch["img_metas"].data[0]
        images = [meta.get("image_file") for meta in metas[:4]]
        self.unchecked.append(
            _Batch(runner.epoch + 1, runner.inner_iter + 1, len(metas), images, loss)
        )
        if not isinstance(loss, Tensor) or len(self.unchecked) >= self.interval:
            self.check()

    def after_train_epoch(self, runner: Any) -> None:
        """Check what was kept."""
        self.check()

    def check(self) -> None:
        """Check all losses that were kept.

        Raises:
            ValueError: one is not finite; names the first.
        """
        batches, self.unchecked = self.unchecked, []
        for batch, loss in zip(batches, _numbers([b.loss for b in batches]), strict=True):
            if not math.isfinite(loss):
                images = ", ".join(map(str, batch.images))
                raise ValueError(
                    f"the loss is {loss} at epoch {batch.epoch}, iteration {batch.iteration} "
                    f"(batch of {batch.size}: {images} …); lower optimizer.lr or lengthen "
                    "lr_config.warmup_iters, and resume from an earlier checkpoint"
                )


def _numbers(losses: list[Tensor | float]) -> list[float]:
    """Losses as numbers, those on a device read in one go."""
    if any(isinstance(loss, Tensor) for loss in losses):
        return torch.stack([torch.as_tensor(loss) for loss in losses]).tolist()
    return losses
