"""Curves to MLflow."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import time
from collections import deque
from pathlib import Path
from typing import Any

from mmcv.runner import HOOKS, LoggerHook, get_dist_info, master_only
from mmcv.runner import MlflowLoggerHook as MmcvHook

from models.engine.hooks.outside import OutsideLogger

#: how hard to try before a server counts as away, unless the user's environment says otherwise;
#: MLflow's own settings let a run stand still for minutes
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}

#: seconds until a server that did not answer is asked again
_PAUSE = 60

#: most records that wait for a server
_WAITING = 10_000

#: what MLflow answers when the request was not at fault
_AWAY = ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


@HOOKS.register_module(name="MlflowLoggerHook", force=True)
class MlflowLoggerHook(OutsideLogger, MmcvHook):
    """Log to the MLflow server of MLFLOW_TRACKING_URI; takes the place of mmcv's hook.

    Its arguments are mmcv's. Different are:

    - A resumed run goes on in its MLflow run. What was logged after its last checkpoint is there
      twice, with the same values.
    - Names that MLflow refuses are spelled otherwise: 'AP (M)' is 'AP M', 'Mean@0.1' is 'Mean_0.1'.
    - A server that is away when the run begins is an error; one that goes away later is warned of,
      and gets what it missed when it is back.
    - `log_model` keeps the best checkpoint (the latest where there was no validation) and the
      config as artifacts under 'models', for tools/test.py; mmcv pickles the network.
    - A run that ends before its last epoch has the status KILLED.
    """

    service = "mlflow"

    def import_mlflow(self) -> None:
        """Import MLflow, which takes seconds, where it is used."""
        if get_dist_info()[0] == 0:
            super().import_mlflow()

    @master_only
    def before_run(self, runner: Any) -> None:
        """Begin a run of MLflow's, or go on with the one that is resumed.

        Raises:
            ValueError: the server does not answer, or refuses.
        """
        LoggerHook.before_run(self, runner)
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        self._waiting: deque[tuple[dict[str, float], int, int]] = deque(maxlen=_WAITING)
        self._ask_again = 0.0
        self._own = self.mlflow.active_run() is None
        try:
            if self.exp_name is not None:
                self.mlflow.set_experiment(self.exp_name)
            resumed = self._begin(runner)
            if self.tags is not None:
                self.mlflow.set_tags(self.tags)
            if self.params is not None and not resumed:  # MLflow refuses to change them
                self.mlflow.log_params(self.params)
        except self.mlflow.exceptions.MlflowException as error:
            away = error.error_code in _AWAY
            raise ValueError(
                f"MlflowLoggerHook: {self.mlflow.get_tracking_uri()} "
                f"{'does not answer' if away else f'refuses ({_brief(error)})'}; start the server, "
                "set MLFLOW_TRACKING_URI, or take the hook out of log_config.hooks"
            ) from error
        if self._own:
            # After MLflow's own request to be called, hence called before it: that one would say
            # FINISHED of a run that was stopped.
            atexit.register(self._end, "KILLED")

    @master_only
    def log(self, runner: Any) -> None:
        """Send what the log holds now."""
        metrics = {mlflow_name(name): value for name, value in self.curves(runner).items()}
        self._waiting.append((metrics, self.get_iter(runner), time.time_ns() // 10**6))
        if time.monotonic() >= self._ask_again:
            self._send(runner)

    @master_only
    def after_run(self, runner: Any) -> None:
        """Send the rest and the checkpoint, and end MLflow's run."""
        self._send(runner)
        if self._waiting:
            runner.logger.warning(
                "%d records did not reach MLflow; the run folder's log has them", len(self._waiting)
            )
        elif self.log_model:
            self._keep_model(runner)
        self._end("FINISHED")

    def _begin(self, runner: Any) -> bool:
        """Whether MLflow's run is one that was begun before."""
        known = self.known_run(runner) if self._own else None
        run = self.mlflow.active_run()
        if known:
            try:
                run = self.mlflow.start_run(run_id=known)
            except self.mlflow.exceptions.MlflowException as error:
                if error.error_code in _AWAY:
                    raise
                runner.logger.warning(
                    "MLflow cannot go on with run %s (%s): a new one begins", known, _brief(error)
                )
        resumed = known is not None and run is not None
        if run is None:
            run = self.mlflow.start_run(run_name=Path(runner.work_dir).resolve().name)
        self.remember_run(runner, run.info.run_id)
        self._run = run.info.run_id
        return resumed

    def _send(self, runner: Any) -> None:
        client = self.mlflow.MlflowClient()
        while self._waiting:
            metrics, step, when = self._waiting[0]
            entries = [
                self.mlflow.entities.Metric(name, float(value), when, step)
                for name, value in metrics.items()
            ]
            try:
                client.log_batch(self._run, metrics=entries)
            except self.mlflow.exceptions.MlflowException as error:
                if error.error_code in _AWAY:
                    if not self._ask_again:
                        runner.logger.warning("MLflow does not answer; the log waits for it")
                    self._ask_again = time.monotonic() + _PAUSE
                    return
                runner.logger.warning("MLflow refused step %d: %s", step, _brief(error))
            self._waiting.popleft()
        if self._ask_again:
            runner.logger.info("MLflow answers again and has what it missed")
            self._ask_again = 0.0

    def _keep_model(self, runner: Any) -> None:
        folder = Path(runner.work_dir)
        best = (runner.meta or {}).get("hook_msgs", {}).get("best_ckpt")
        checkpoint = Path(best) if best else (folder / "latest.pth").resolve()
        try:
            for path in (checkpoint, *sorted(folder.glob("*.py"))):
                if path.is_file():
                    self.mlflow.log_artifact(str(path), "models", run_id=self._run)
        except (self.mlflow.exceptions.MlflowException, OSError) as error:
            runner.logger.warning("MLflow did not take %s: %s", checkpoint.name, _brief(error))

    def _end(self, status: str) -> None:
        if not self._own or self.mlflow.active_run() is None:
            return
        # A server that is away has been warned of.
        with contextlib.suppress(self.mlflow.exceptions.MlflowException):
            self.mlflow.end_run(status)


def mlflow_name(name: str) -> str:
    """A metric's name in letters that MLflow takes: those of words, and - . : / and blanks."""
    return re.sub(r"[^\w\-. :/]", "_", re.sub(r"[()]", "", name))


def _brief(error: Exception) -> str:
    """The first line of an error, without the insides of the program."""
    return str(error).strip().split("\n")[0][:200]
