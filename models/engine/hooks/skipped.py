"""Images that training skips, from all processes."""

from __future__ import annotations

from typing import Any

from mmcv.runner import HOOKS, Hook

from models.engine.skipped import report_skipped
from models.runtime.dist import gather


@HOOKS.register_module()
class SkippedImagesHook(Hook):
    """Report after each epoch what `--skip-bad-images` has left out so far."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}
        self.reported = 0

    def after_train_iter(self, runner: Any) -> None:
        """Look for skipped images in the batch."""
        for metas in runner.data_batch["img_metas"].data:
            for meta in metas:
                self.skipped.update(meta.get("skipped", {}))

    def after_train_epoch(self, runner: Any) -> None:
        """Bring the processes' lists together, and report if they grew."""
        parts = gather(self.skipped)
        if parts is None:
            return
        skipped = {file: why for part in parts for file, why in part.items()}
        if len(skipped) > self.reported:
            report_skipped(skipped, runner.work_dir)
            self.reported = len(skipped)
