"""A bar for the epoch that is running, in a terminal."""

from __future__ import annotations

import sys
from typing import Any

from mmcv.runner import HOOKS, Hook, master_only

from models.runtime.progress import progress_bar


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show samples/s, time left in the epoch and the loss; the log's lines remain as they are.

    Without a terminal there is no bar: the log tells the speed and the time left.
    """

    @master_only
    def before_train_epoch(self, runner: Any) -> None:
        """Open the bar."""
        loader = runner.data_loader
        self.batch_size = loader.batch_size
        self.bar = progress_bar(
            len(loader) * self.batch_size * runner.world_size,
            f"Epoch {runner.epoch + 1}/{runner.max_epochs}",
            " sample",
            initial=runner.samples_of_epoch,
            leave=False,
            disable=not sys.stderr.isatty(),
        )

    @master_only
    def after_train_iter(self, runner: Any) -> None:
        """Count a batch."""
        self.bar.update(self.batch_size * runner.world_size)
        loss = runner.outputs["log_vars"]["loss"]
        # To read a tensor of a GPU waits for it.
        if isinstance(loss, float) or (not self.bar.disable and self.every_n_iters(runner, 10)):
            self.bar.set_postfix(loss=f"{float(loss):.5f}", refresh=False)

    @master_only
    def after_train_epoch(self, runner: Any) -> None:
        """Close the bar."""
        self.bar.close()
