"""When checkpoints are written, and how many are kept."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mmcv.runner import HOOKS, Hook, get_dist_info

from models.runtime.checkpoint import read_checkpoint

_NUMBERED = re.compile(r"(epoch|iter)_(\d+)\.pth$")


@HOOKS.register_module(name="CheckpointHook", force=True)
class CheckpointHook(Hook):
    """Save regularly, and let older checkpoints go only once a newer one has been read back.

    Takes the place of mmcv's. Checkpoints go to the run folder, where `--auto-resume` looks: there
    is no `out_dir`, and no `sync_buffer` and `file_client_args`. All processes take part in saving,
    since each has random generators of its own.

    Args:
        interval: epochs, or iterations, from one checkpoint to the next; below 1 saves none.
        by_epoch: whether `interval` counts epochs ('epoch_N.pth') or iterations ('iter_N.pth').
        save_optimizer: whether a run can go on from them.
        max_keep_ckpts: how many numbered checkpoints to keep, those written on request included;
            below 1 keeps all. The best one does not count.
        save_last: whether the last epoch is saved whatever the interval.
        create_symlink: whether `latest.pth` points to the newest.
    """

    def __init__(
        self,
        interval: int = -1,
        by_epoch: bool = True,
        save_optimizer: bool = True,
        max_keep_ckpts: int = -1,
        save_last: bool = True,
        create_symlink: bool = True,
    ) -> None:
        self.interval = interval
        self.by_epoch = by_epoch
        self.save_optimizer = save_optimizer
        self.max_keep_ckpts = max_keep_ckpts
        self.save_last = save_last
        self.create_symlink = create_symlink

    def after_train_epoch(self, runner: Any) -> None:
        """Save an epoch if it is its turn."""
        last = self.save_last and runner.epoch + 1 == runner.max_epochs
        if last or (self.by_epoch and self.every_n_epochs(runner, self.interval)):
            self.save(runner, f"epoch_{runner.epoch + 1}.pth")

    def after_iteration(self, runner: Any) -> None:
        """Save an iteration if it is its turn; called when it is over and counted."""
        if not self.by_epoch and self.interval > 0 and runner.iter % self.interval == 0:
            self.save(runner, f"iter_{runner.iter}.pth")

    def save(self, runner: Any, name: str) -> None:
        """Save under a name and drop what is superfluous."""
        path = Path(runner.work_dir) / name
        runner.logger.info("Saving checkpoint %s", name)
        runner.meta.setdefault("hook_msgs", {})["last_ckpt"] = str(path)
        runner.save_checkpoint(
            runner.work_dir,
            filename_tmpl=name,
            save_optimizer=self.save_optimizer,
            create_symlink=self.create_symlink,
        )
        if get_dist_info()[0] == 0 and self.max_keep_ckpts > 0:
            self._drop_old(path, runner)

    def _drop_old(self, newest: Path, runner: Any) -> None:
        epoch_length = len(runner.data_loader)

        def iterations(path: Path) -> int:
            kind, number = _NUMBERED.match(path.name).groups()
            return int(number) * (epoch_length if kind == "epoch" else 1)

        kept = sorted(
            (path for path in newest.parent.glob("*.pth") if _NUMBERED.match(path.name)),
            key=lambda path: (path == newest, iterations(path)),
        )
        superfluous = kept[: -self.max_keep_ckpts]
        if superfluous:
            read_checkpoint(newest)  # else the last good one might be among them
        for path in superfluous:
            path.unlink(missing_ok=True)
