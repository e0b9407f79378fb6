"""What the loggers that keep a run elsewhere (MLflow, W&B) have in common."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mmcv.runner import LoggerHook

from models.runtime.files import dump_json, load_json

#: in the run folder: under which identity each service knows the run
FILE = "logger_runs.json"

#: of the log's values, those that are no curves
_NO_CURVES = ("time", "data_time", "eval_iter_num")


class OutsideLogger(LoggerHook):
    """Steps that mean iterations done, and a resumed run that goes on where it is known.

    mmcv puts the scores of a validation one iteration too far, on the step of the next epoch's
    first iteration; here they stand at the iteration after which they were computed.
    """

    #: name of the service, key in `FILE`
    service: str

    def get_iter(self, runner: Any, inner_iter: bool = False) -> int:
        """Iterations done; of the epoch where `inner_iter`."""
        if self.get_mode(runner) == "val" and not inner_iter:
            return runner.iter  # counted already
        return super().get_iter(runner, inner_iter)

    def curves(self, runner: Any) -> dict[str, float]:
        """What the log holds now: train/loss and learning_rate, or val/AP …"""
        tags = self.get_loggable_tags(runner, tags_to_skip=_NO_CURVES)
        if self.get_mode(runner) == "val":  # the iteration's own log has told the learning rate
            tags = {name: value for name, value in tags.items() if name.startswith("val/")}
        return tags

    def known_run(self, runner: Any) -> str | None:
        """Under which identity the service knows a run that was resumed; None for a new one.

        Read from the run folder, not from the checkpoint: two runs that begin with one checkpoint
        are two runs.
        """
        path = Path(runner.work_dir) / FILE
        if runner.iter == 0 or not path.exists():
            return None
        return load_json(path, "file of loggers").get(self.service)

    def remember_run(self, runner: Any, identity: str) -> None:
        """Let a later process that resumes this run find it."""
        path = Path(runner.work_dir) / FILE
        before = load_json(path, "file of loggers") if path.exists() else {}
        dump_json({**before, self.service: identity}, path, indent=1)
