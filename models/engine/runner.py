"""mmcv's epoch runner, with our checkpoints: safe to load, whole or not there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mmcv.runner import RUNNERS, EpochBasedRunner

from models.runtime.checkpoint import load_checkpoint, save_checkpoint


@RUNNERS.register_module()
class PoseRunner(EpochBasedRunner):
    """EpochBasedRunner whose checkpoints are atomic and never run code when loaded.

    It also does without the two seconds that mmcv sleeps before every epoch, and it does not
    execute the config text that a checkpoint carries (mmcv does, on resuming).
    """

    def train(self, data_loader: Any, **kwargs: Any) -> None:
        """One epoch."""
        self.model.train()
        self.mode = "train"
        self.data_loader = data_loader
        self._max_iters = self._max_epochs * len(data_loader)
        self.call_hook("before_train_epoch")
        for i, data_batch in enumerate(data_loader):
            self.data_batch = data_batch
            self._inner_iter = i
            self.call_hook("before_train_iter")
            self.run_iter(data_batch, train_mode=True, **kwargs)
            self.call_hook("after_train_iter")
            del self.data_batch
            self._iter += 1
        self.call_hook("after_train_epoch")
        self._epoch += 1

    def save_checkpoint(
        self,
        out_dir: str,
        filename_tmpl: str = "epoch_{}.pth",
        save_optimizer: bool = True,
        meta: dict[str, Any] | None = None,
        create_symlink: bool = True,
    ) -> None:
        """Write a checkpoint, then point `latest.pth` at it."""
        meta = {**(meta or {}), **(self.meta or {}), "epoch": self.epoch + 1, "iter": self.iter}
        path = Path(out_dir) / filename_tmpl.format(self.epoch + 1)
        save_checkpoint(self.model, path, self.optimizer if save_optimizer else None, meta)
        if create_symlink:
            _point(path.with_name("latest.pth"), path.name)

    def load_checkpoint(self, filename: str, *_: Any, **__: Any) -> dict[str, Any]:
        """Load weights, strictly; the rest of the file is returned."""
        self.logger.info("load checkpoint from %s", filename)
        return load_checkpoint(self.model, filename)

    def resume(
        self, checkpoint: str, resume_optimizer: bool = True, map_location: str = "default"
    ) -> None:
        """Go on where a checkpoint was written.

        Raises:
            ValueError: the file has no epoch or optimizer to go on from.
        """
        content = self.load_checkpoint(checkpoint)
        meta = content.get("meta", {})
        if "epoch" not in meta or (resume_optimizer and "optimizer" not in content):
            raise ValueError(
                f"checkpoint {checkpoint} holds weights only, without the state of a run; start "
                "from it with --load-from"
            )
        self._epoch, self._iter = meta["epoch"], meta["iter"]
        self.meta = {**(self.meta or {}), "hook_msgs": dict(meta.get("hook_msgs", {}))}
        if resume_optimizer:
            self.optimizer.load_state_dict(content["optimizer"])
        self.logger.info("resumed at epoch %d, iteration %d", self.epoch, self.iter)


def _point(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target` in one step."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)
