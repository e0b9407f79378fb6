"""A schedule of one's own: the learning rate falls with the root of the epoch."""

from __future__ import annotations

from typing import Any

from mmcv.runner import HOOKS, LrUpdaterHook


@HOOKS.register_module()
class RootLrUpdaterHook(LrUpdaterHook):
    """`lr_config = dict(policy="Root")`."""

    def get_lr(self, runner: Any, base_lr: float) -> float:
        return base_lr / (1 + runner.epoch) ** 0.5
