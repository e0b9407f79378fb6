"""mmcv's epoch runner, whose runs can be cut anywhere and go on as if nothing had been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from mmcv.runner import RUNNERS, EpochBasedRunner, get_dist_info
from torch.utils.data import DataLoader

from models.datasets import start_loading
from models.engine.hooks.checkpoint import CheckpointHook
from models.engine.log_buffer import DeviceLogBuffer
from models.engine.optimizer import with_own_kernels
from models.engine.parallel import settle_gradients
from models.runtime.checkpoint import (
    load_checkpoint,
    load_weights,
    read_checkpoint,
    save_checkpoint,
)
from models.runtime.dist import any_process, gather
from models.runtime.files import point
from models.runtime.folder import LATEST
from models.runtime.seed import random_states, set_random_states
from models.runtime.stop import Stopped, StopRequest


@RUNNERS.register_module()
class ResumableRunner(EpochBasedRunner):
    """EpochBasedRunner with exact resume: what a checkpoint holds is all that a run's future takes.

    Besides weights and optimizer that is: how far the epoch had come, the state of every process's
    random generators, and weights that a hook averages. Checkpoints are atomic and never run code
    when loaded. mmcv's pauses before each epoch are left out.

    Args:
        stop: request to stop, looked at after each iteration; by default none ever comes.
        trust_checkpoint: whether to load files that would run code.
        scaler: of losses, in mixed precision; its state goes into checkpoints.
        checkpoint_hook: writes the checkpoints; to be registered too.
        timestamp: in the names of log files; by default that of now.
        *args, **kwargs: see mmcv.

    Attributes:
        ema: set by `EMAHook`: an object with `state_dict()`, `load_state_dict(state)`.
        checkpoint_hook: asked after each iteration whether to save.
        before_save: called before a checkpoint is written; an error keeps it from being written.
    """

    def __init__(
        self,
        *args: Any,
        stop: StopRequest | None = None,
        trust_checkpoint: bool = False,
        scaler: torch.amp.GradScaler | None = None,
        checkpoint_hook: CheckpointHook | None = None,
        timestamp: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if timestamp:
            self.timestamp = timestamp
        self.log_buffer = DeviceLogBuffer()
        self.scaler = scaler
        self.before_save: list[Callable[[], None]] = []
        self.stop = stop or StopRequest()
        self.trust_checkpoint = trust_checkpoint
        self.ema = None
        self.checkpoint_hook = checkpoint_hook
        self._samples = 0  # of this epoch, used by all processes together
        self._epoch_is_over = False
        self._settled = self.world_size < 3
        self._random_states: list[Mapping[str, Any]] | None = None
        self._saved: tuple[tuple[int, int, int], str] | None = None

    def run(
        self, data_loaders: list[DataLoader], workflow: list[tuple[str, int]], **kwargs: Any
    ) -> None:
        """Train to the last epoch.

        Args:
            data_loaders: the one of the training set.
            workflow: [('train', 1)]; validation is a hook's.
            **kwargs: handed to the network's `train_step`.

        Raises:
            Stopped: on request, after saving; in all processes at the same iteration.
        """
        (loader,) = data_loaders
        self._max_iters = self._max_epochs * len(loader)
        self.logger.debug("Hooks, in the order in which they are called:\n%s", self.get_hook_info())
        self.logger.info(
            "Training from epoch %d to %d, %d iterations each, batches of %d",
            self.epoch + 1,
            self._max_epochs,
            len(loader),
            loader.batch_size * self.world_size,
        )
        self.call_hook("before_run")
        try:
            while self.epoch < self._max_epochs:
                self.train(loader, **kwargs)
            self.call_hook("after_run")
        except _StopAgreed:
            raise Stopped(self.stop.reason or "another process", self._save_for_stop()) from None

    def train(self, data_loader: DataLoader, **kwargs: Any) -> None:
        """One epoch, or what is left of it."""
        self.model.train()
        self.mode = "train"
        self.data_loader = data_loader
        self._max_iters = self._max_epochs * len(data_loader)
        step = data_loader.batch_size * self.world_size
        first = min(-(-self._samples // step), len(data_loader))
        data_loader.sampler.set_epoch(self.epoch, self._samples)
        self.call_hook("before_train_epoch")
        batches = start_loading(data_loader)
        self._restore_random_states()
        for i, data_batch in enumerate(batches, first):
            if not self._settled:
                settle_gradients(self.model, data_batch, self.optimizer, **kwargs)
                self._settled = True
            self.data_batch = data_batch
            self._inner_iter = i
            self.call_hook("before_train_iter")
            self.run_iter(data_batch, train_mode=True, **kwargs)
            self.call_hook("after_train_iter")
            del self.data_batch
            self._iter += 1
            self._samples += step
            if self.checkpoint_hook is not None:
                self.checkpoint_hook.after_iteration(self)
            self.stop_if_asked()
        self._epoch_is_over = True
        self.call_hook("after_train_epoch")
        self._epoch += 1
        self._epoch_is_over = False
        self._samples = 0

    @property
    def samples_of_epoch(self) -> int:
        """How many samples of the running epoch all processes together have used."""
        return self._samples

    def stop_if_asked(self) -> None:
        """End the run if any process was asked to; all processes must call this together."""
        if any_process(self.stop.reason is not None):
            raise _StopAgreed

    def save_checkpoint(
        self,
        out_dir: str,
        filename_tmpl: str = "epoch_{}.pth",
        save_optimizer: bool = True,
        meta: dict[str, Any] | None = None,
        create_symlink: bool = True,
    ) -> None:
        """Write a checkpoint, then point `latest.pth` at it; all processes must call this together.

        Args:
            out_dir: folder.
            filename_tmpl: name; {} becomes the number of the epoch.
            save_optimizer: whether one can go on from the file.
            meta: further facts; plain values.
            create_symlink: whether `latest.pth` is to point at it.
        """
        for check in self.before_save:
            check()
        states = gather(random_states())
        epoch, iteration, samples = self._position()
        name = filename_tmpl.format(self._epoch + 1)
        path = Path(out_dir) / name
        if create_symlink and save_optimizer:
            self._saved = self._position(), str(path)
        if states is None:
            return
        facts = {
            **(meta or {}),
            **(self.meta or {}),
            "epoch": epoch,
            "iter": iteration,
            "samples_of_epoch": samples,
            "world_size": self.world_size,
        }
        parts: dict[str, Any] = {"random_states": states} if save_optimizer else {}
        if save_optimizer and self.scaler is not None:
            parts["loss_scaler"] = self.scaler.state_dict()
        if self.ema is not None:
            # The averaged weights are the ones to use; training goes on from the others.
            parts["state_dict"] = self.ema.state_dict()
            if save_optimizer:
                parts["raw_state_dict"] = self._weights()
        save_checkpoint(
            self.model, path, self.optimizer if save_optimizer else None, facts, **parts
        )
        if create_symlink:
            point(path.with_name(LATEST), name)

    def load_checkpoint(self, filename: str, *_: Any, **__: Any) -> dict[str, Any]:
        """Load weights, strictly; the rest of the file is returned."""
        self.logger.info("load checkpoint from %s", filename)
        return load_checkpoint(self.model, filename, self.trust_checkpoint)

    def resume(
        self, checkpoint: str, resume_optimizer: bool = True, map_location: str = "default"
    ) -> None:
        """Go on where a checkpoint was written; hooks must be registered before.

        Raises:
            ValueError: the file does not fit, or has no epoch or optimizer to go on from.
        """
        content = read_checkpoint(checkpoint, self.trust_checkpoint)
        meta = content.get("meta", {})
        if "epoch" not in meta or (resume_optimizer and "optimizer" not in content):
            raise ValueError(
                f"checkpoint {checkpoint} holds weights only, without the state of a run; start "
                "from it with --load-from"
            )
        averaged = "raw_state_dict" in content
        load_weights(
            self.model, content["raw_state_dict" if averaged else "state_dict"], checkpoint
        )
        if self.ema is not None:
            self.ema.load_state_dict(content["state_dict"] if averaged else self._weights())
        self._epoch, self._iter = meta["epoch"], meta["iter"]
        self._samples = meta.get("samples_of_epoch", 0)
        self._random_states = content.get("random_states")
        self.meta = {**(self.meta or {}), "hook_msgs": dict(meta.get("hook_msgs", {}))}
        if resume_optimizer:
            self.optimizer.load_state_dict(with_own_kernels(content["optimizer"], self.optimizer))
            if self.scaler is not None and "loss_scaler" in content:
                self.scaler.load_state_dict(content["loss_scaler"])
        if meta.get("world_size", self.world_size) != self.world_size:
            self.logger.warning(
                "The checkpoint is of a run of %d processes, this one has %d: it goes on at the "
                "same sample, but not in the same batches",
                meta["world_size"],
                self.world_size,
            )
        self._saved = self._position(), str(checkpoint)
        self.logger.info("resumed at epoch %d, iteration %d", self.epoch, self.iter)

    def reopen_epoch(self, data_loader: DataLoader) -> None:
        """Take the epoch that just ended as not yet over: what follows its last iteration is due.

        For a run that was cut between the checkpoint of an epoch and its evaluation.
        """
        self._epoch -= 1
        self._samples = len(data_loader) * data_loader.batch_size * self.world_size

    def _weights(self) -> dict[str, Any]:
        network = getattr(self.model, "module", self.model)
        return {name: value.cpu() for name, value in network.state_dict().items()}

    def _restore_random_states(self) -> None:
        states, self._random_states = self._random_states, None
        rank = get_dist_info()[0]
        if states and rank < len(states):
            set_random_states(states[rank])

    def _position(self) -> tuple[int, int, int]:
        """Epochs that are over, iterations, samples of the epoch that is not over."""
        if self._epoch_is_over:
            return self._epoch + 1, self._iter, 0
        return self._epoch, self._iter, self._samples

    def _save_for_stop(self) -> str:
        """Save, unless the last resumable checkpoint is of this very moment.

        Optimizer and `latest.pth` are written whatever the config says: a stop promises resuming.
        """
        if self._saved and self._saved[0] == self._position():
            return self._saved[1]
        name = f"iter_{self._iter}.pth"
        self.save_checkpoint(self.work_dir, name)
        return str(Path(self.work_dir) / name)


class _StopAgreed(Exception):
    """All processes know that the run stops here."""
