"""The backward pass and the optimizer's step, with or without a scaled loss."""

from __future__ import annotations

from typing import Any

from mmcv.runner import HOOKS
from mmcv.runner import OptimizerHook as MmcvOptimizerHook


@HOOKS.register_module(name="OptimizerHook", force=True)
class OptimizerHook(MmcvOptimizerHook):
    """mmcv's hook, for full and mixed precision, without waiting for a GPU.

    With a loss scaler, gradients are unscaled before they are clipped, and a step whose gradients
    overflowed is left out while the scale falls. The log's `grad_norm` is the one before clipping.

    Args:
        grad_clip: arguments of `clip_grad_norm_`; None does not clip.
        detect_anomalous_params: whether to log parameters that the loss does not depend on.
    """

    def after_train_iter(self, runner: Any) -> None:
        """Pass back and step."""
        runner.optimizer.zero_grad(set_to_none=True)
        loss = runner.outputs["loss"]
        if self.detect_anomalous_params:
            self.detect_anomalous_parameters(loss, runner)
        if runner.scaler is None:
            loss.backward()
            self._clip(runner)
            runner.optimizer.step()
            return
        runner.scaler.scale(loss).backward()
        if self.grad_clip is not None:
            runner.scaler.unscale_(runner.optimizer)
            self._clip(runner)
        runner.scaler.step(runner.optimizer)
        runner.scaler.update()

    def _clip(self, runner: Any) -> None:
        if self.grad_clip is None:
            return
        norm = self.clip_grads(runner.model.parameters())
        if norm is not None:
            value = norm.item() if norm.device.type == "cpu" else norm.detach()
            runner.log_buffer.update({"grad_norm": value}, runner.outputs["num_samples"])
