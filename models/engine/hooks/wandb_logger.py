"""Curves to Weights & Biases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmcv.runner import HOOKS, LoggerHook, get_dist_info, master_only
from mmcv.runner import WandbLoggerHook as MmcvHook

from models.engine.hooks.outside import OutsideLogger

#: the metric that is the x axis of the others
STEP = "global_step"


@HOOKS.register_module(name="WandbLoggerHook", force=True)
class WandbLoggerHook(OutsideLogger, MmcvHook):
    """Log to Weights & Biases, or to its files with `init_kwargs.mode='offline'`.

    Takes the place of mmcv's hook, with its arguments. Different are:

    - Iterations are the metric `global_step`, which `with_step` makes the x axis of all others.
      W&B's own step counter drops what does not grow: validation and the first iteration after it,
      or what a resumed run repeats.
    - A resumed run goes on in its W&B run; offline it writes a second folder with the same
      identity, which `wandb sync` puts together.
    - W&B's files go into the run folder, and the run has the folder's name, unless `init_kwargs`
      says otherwise.
    - `log_artifact` uploads the run folder's own files, not those of its sub-folders.
    """

    service = "wandb"

    def import_wandb(self) -> None:
        """Import W&B where it is used."""
        self.wandb = None
        if get_dist_info()[0] == 0:
            super().import_wandb()

    @master_only
    def before_run(self, runner: Any) -> None:
        """Begin a run of W&B's, or go on with the one that is resumed.

        Raises:
            ValueError: W&B cannot be reached, or there is no key to log in with.
        """
        LoggerHook.before_run(self, runner)
        folder = Path(runner.work_dir).resolve()
        settings = {"dir": str(folder), "name": folder.name, **(self.init_kwargs or {})}
        known = self.known_run(runner)
        if known and "id" not in settings:
            settings["id"] = known
            if (settings.get("mode") or self.wandb.setup().settings.mode) != "offline":
                settings.setdefault("resume", "allow")
        try:
            run = self.wandb.init(**settings)
        except self.wandb.errors.Error as error:
            reason = str(error).strip().splitlines()[0].rstrip(".")
            raise ValueError(
                f"WandbLoggerHook: {reason}; log in with 'wandb "
                "login', set init_kwargs=dict(mode='offline'), or take the hook out of "
                "log_config.hooks"
            ) from error
        self.remember_run(runner, run.id)
        axis = {"step_metric": STEP} if self.with_step else {}
        if axis:
            run.define_metric("*", **axis)
        for metric, summary in (self.define_metric_cfg or {}).items():
            run.define_metric(metric, summary=summary, **axis)

    @master_only
    def log(self, runner: Any) -> None:
        """Send what the log holds now."""
        self.wandb.log({**self.curves(runner), STEP: self.get_iter(runner)}, commit=self.commit)

    @master_only
    def after_run(self, runner: Any) -> None:
        """Send logs and config, and wait until all has arrived."""
        if self.log_artifact:
            artifact = self.wandb.Artifact(name="artifacts", type="model")
            for path in sorted(Path(runner.work_dir).iterdir()):
                if path.is_file() and path.name.endswith(self.out_suffix):
                    artifact.add_file(str(path))
            self.wandb.log_artifact(artifact)
        self.wandb.finish()
