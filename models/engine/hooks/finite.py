"""Stopping at the first loss that is not a number, rather than after a night of them."""

from __future__ import annotations

import math

from mmcv.runner import HOOKS, Hook


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Stop training on a NaN or infinite loss, naming the batch."""

    def after_train_iter(self, runner) -> None:
        """Check the loss that the log already holds as a number.

        Raises:
            ValueError: it is not finite.
        """
        loss = runner.outputs["log_vars"]["loss"]
        if math.isfinite(loss):
            return
        metas = runner.data_batch["img_metas"].data[0]
        images = ", ".join(str(meta.get("image_file")) for meta in metas[:4])
        raise ValueError(
            f"the loss is {loss} at epoch {runner.epoch + 1}, iteration {runner.inner_iter + 1} "
            f"(batch of {len(metas)}: {images} …); lower optimizer.lr or lengthen "
            "lr_config.warmup_iters, and resume from an earlier checkpoint"
        )
