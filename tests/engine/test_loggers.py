"""Loggers that keep a run elsewhere: steps, resumed runs, servers that are away."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace

import pytest
from mmcv.runner import HOOKS

from models.engine.hooks import MlflowLoggerHook, WandbLoggerHook, mlflow_logger
from models.engine.hooks.mlflow_logger import mlflow_name
from models.engine.loggers import PACKAGES, check_loggers


class MlflowError(Exception):
    def __init__(self, message, error_code="INTERNAL_ERROR"):
        super().__init__(message)
        self.error_code = error_code


class Mlflow:
    """A server and its client, in lists."""

    def __init__(self):
        self.exceptions = SimpleNamespace(MlflowException=MlflowError)
        self.entities = SimpleNamespace(Metric=lambda name, value, when, step: (step, name, value))
        self.away = False
        self.refuses = ""
        self.known: list[str] = []
        self.got: list[tuple[str, int, str, float]] = []
        self.ended: list[tuple[str, str]] = []
        self._active = None

    def get_tracking_uri(self):
        return "http://server"

    def active_run(self):
        return self._active

    def start_run(self, run_id=None, run_name=None):
        self._answer()
        if run_id and run_id not in self.known:
            raise MlflowError(f"Run {run_id} not found\nand more", "RESOURCE_DOES_NOT_EXIST")
        if run_id is None:
            run_id = f"{run_name}-{len(self.known)}"
            self.known.append(run_id)
        self._active = SimpleNamespace(info=SimpleNamespace(run_id=run_id))
        return self._active

    def end_run(self, status):
        self.ended.append((self._active.info.run_id, status))
        self._active = None

    def MlflowClient(self):
        return self

    def log_batch(self, run_id, metrics):
        self._answer()
        for step, name, value in metrics:
            if name == self.refuses:
                raise MlflowError("Invalid value", "INVALID_PARAMETER_VALUE")
            self.got.append((run_id, step, name, value))

    def _answer(self):
        if self.away:
            raise MlflowError("API request failed")


@pytest.fixture
def server(monkeypatch):
    server = Mlflow()
    monkeypatch.setattr(
        MlflowLoggerHook, "import_mlflow", lambda hook: vars(hook).update(mlflow=server)
    )
    monkeypatch.setattr(mlflow_logger.atexit, "register", lambda *_: None)
    for name in mlflow_logger._PATIENCE:
        monkeypatch.setenv(name, "1")
    return server


def runner_at(folder, iteration):
    """A runner between two iterations, `iteration` of which are done."""
    return SimpleNamespace(
        work_dir=str(folder),
        iter=iteration,
        inner_iter=iteration,
        epoch=0,
        mode="train",
        hooks=[],
        meta={"hook_msgs": {}},
        logger=logging.getLogger("test"),
        log_buffer=SimpleNamespace(output={}),
        current_lr=lambda: [0.1],
        current_momentum=lambda: [0.9],
    )


def train(hook, runner, iterations=1):
    """Iterations as mmcv's runner does them: a hook is called before an iteration is counted."""
    for _ in range(iterations):
        runner.log_buffer.output = {"time": 1.0, "data_time": 0.5, "loss": float(runner.iter)}
        hook.log(runner)
        runner.iter += 1


def validate(hook, runner, **scores):
    runner.log_buffer.output = {"eval_iter_num": 3, **scores}
    hook.log(runner)


def test_steps_are_iterations_done(server, tmp_path):
    hook, runner = MlflowLoggerHook(log_model=False), runner_at(tmp_path, 0)
    hook.before_run(runner)
    train(hook, runner, 3)
    validate(hook, runner, **{"AP": 0.5, "AP (M)": -1.0, "Mean@0.1": 2.0})
    train(hook, runner)
    hook.after_run(runner)
    got = [(step, name) for _, step, name, _ in server.got]
    assert [step for step, name in got if name == "train/loss"] == [1, 2, 3, 4]
    assert [step for step, name in got if name == "learning_rate"] == [1, 2, 3, 4]
    scores = {"val/AP", "val/AP M", "val/Mean_0.1"}
    assert {(step, name) for step, name in got if name.startswith("val/")} == {
        (3, n) for n in scores
    }
    assert server.ended == [(f"{tmp_path.name}-0", "FINISHED")]


def test_a_resumed_run_goes_on_and_a_new_one_does_not(server, tmp_path):
    for iteration in (0, 5):
        hook = MlflowLoggerHook(log_model=False)
        hook.before_run(runner_at(tmp_path, iteration))
        hook._end("KILLED")
    assert server.known == [f"{tmp_path.name}-0"]
    hook.before_run(runner_at(tmp_path, 0))  # in the same folder
    assert len(server.known) == 2
    hook._end("KILLED")
    branch = tmp_path / "branch"
    branch.mkdir()
    hook.before_run(runner_at(branch, 5))
    assert len(server.known) == 3


def test_a_run_that_the_server_lost_begins_anew(server, tmp_path, caplog):
    (tmp_path / "logger_runs.json").write_text('{"mlflow": "gone", "wandb": "w"}')
    hook = MlflowLoggerHook(log_model=False)
    hook.before_run(runner_at(tmp_path, 5))
    assert "cannot go on with run gone (Run gone not found)" in caplog.text
    known = json.loads((tmp_path / "logger_runs.json").read_text())
    assert known == {"mlflow": server.known[0], "wandb": "w"}


def test_a_server_that_is_away_at_the_beginning_is_an_error(server, tmp_path, caplog):
    server.away = True
    for iteration in (0, 5):
        (tmp_path / "logger_runs.json").write_text('{"mlflow": "r"}')
        with pytest.raises(ValueError, match="http://server does not answer; start the server"):
            MlflowLoggerHook().before_run(runner_at(tmp_path, iteration))
    assert "a new one begins" not in caplog.text


def test_a_server_that_goes_away_gets_what_it_missed(server, tmp_path, monkeypatch, caplog):
    clock = [1000.0]
    monkeypatch.setattr(mlflow_logger.time, "monotonic", lambda: clock[0])
    caplog.set_level(logging.INFO)
    hook, runner = MlflowLoggerHook(log_model=False), runner_at(tmp_path, 0)
    hook.before_run(runner)
    train(hook, runner, 2)
    server.away = True
    train(hook, runner, 3)
    server.away = False
    train(hook, runner)  # it is not asked at once
    assert len({step for _, step, _, _ in server.got}) == 2
    clock[0] += 61
    train(hook, runner)
    assert [step for _, step, name, _ in server.got if name == "train/loss"] == [
        1,
        2,
        3,
        4,
        5,
        6,
        7,
    ]
    assert caplog.text.count("does not answer") == 1
    assert "answers again" in caplog.text


def test_the_end_does_not_wait_for_a_server(server, tmp_path, caplog):
    hook, runner = MlflowLoggerHook(), runner_at(tmp_path, 0)
    hook.before_run(runner)
    server.away = True
    train(hook, runner, 2)
    hook.after_run(runner)
    assert "2 records did not reach MLflow" in caplog.text


def test_what_is_refused_is_not_in_the_way(server, tmp_path, caplog):
    server.refuses = "train/bad"
    hook, runner = MlflowLoggerHook(log_model=False), runner_at(tmp_path, 0)
    hook.before_run(runner)
    runner.log_buffer.output = {"time": 1.0, "bad": 1.0}
    hook.log(runner)
    train(hook, runner)
    assert "MLflow refused step 1: Invalid value" in caplog.text
    assert ("train/loss", 0.0) in [(name, value) for _, _, name, value in server.got]


def test_a_run_of_the_users_own_is_taken_and_left(server, tmp_path):
    server.start_run(run_name="mine")
    hook = MlflowLoggerHook(log_model=False)
    hook.before_run(runner_at(tmp_path, 0))
    hook.after_run(runner_at(tmp_path, 3))
    assert server.known == ["mine-0"]
    assert not server.ended


@pytest.mark.parametrize(
    ("name", "expected"),
    [("val/AP .5", "val/AP .5"), ("val/AP (M)", "val/AP M"), ("val/Mean@0.1", "val/Mean_0.1")],
)
def test_names(name, expected):
    assert mlflow_name(name) == expected


class Wandb:
    """A client that remembers what it is told."""

    def __init__(self, mode="online"):
        self.errors = SimpleNamespace(Error=MlflowError)
        self.mode, self.begun, self.rows, self.axes = mode, [], [], {}
        self.fails = ""

    def setup(self):
        return SimpleNamespace(settings=SimpleNamespace(mode=self.mode))

    def init(self, **settings):
        if self.fails:
            raise MlflowError(self.fails)
        self.begun.append(settings)
        return SimpleNamespace(id=settings.get("id", "new"), define_metric=self.define)

    def define(self, name, **settings):
        self.axes[name] = settings

    def log(self, row, **settings):
        self.rows.append((row, settings))


@pytest.fixture
def wandb(monkeypatch):
    client = Wandb()
    monkeypatch.setattr(
        WandbLoggerHook, "import_wandb", lambda hook: vars(hook).update(wandb=client)
    )
    return client


def test_wandb_steps_are_a_metric_of_their_own(wandb, tmp_path):
    hook = WandbLoggerHook(define_metric_cfg={"val/AP": "max"})
    runner = runner_at(tmp_path, 0)
    hook.before_run(runner)
    assert wandb.begun == [{"dir": str(tmp_path), "name": tmp_path.name}]
    assert wandb.axes["*"] == {"step_metric": "global_step"}
    assert wandb.axes["val/AP"] == {"summary": "max", "step_metric": "global_step"}
    train(hook, runner, 3)
    validate(hook, runner, AP=0.5)
    train(hook, runner)
    assert [row["global_step"] for row, _ in wandb.rows] == [1, 2, 3, 3, 4]
    assert all("step" not in settings for _, settings in wandb.rows)
    assert wandb.rows[3][0] == {"val/AP": 0.5, "global_step": 3}


@pytest.mark.parametrize(("mode", "resume"), [("online", "allow"), ("offline", None)])
def test_wandb_resumed(wandb, tmp_path, mode, resume):
    wandb.mode = mode
    for iteration in (0, 5):
        WandbLoggerHook().before_run(runner_at(tmp_path, iteration))
    assert "id" not in wandb.begun[0]
    assert wandb.begun[1]["id"] == "new"
    assert wandb.begun[1].get("resume") == resume


def test_wandb_without_a_key(wandb, tmp_path):
    wandb.fails = "No API key configured.\nmore"
    with pytest.raises(ValueError, match="No API key configured; log in with 'wandb login'"):
        WandbLoggerHook().before_run(runner_at(tmp_path, 0))


@pytest.mark.parametrize("hook", sorted(PACKAGES))
def test_an_absent_package_is_named(hook, monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=f"needs the package {PACKAGES[hook]}") as error:
        check_loggers({"hooks": [{"type": "TextLoggerHook"}, {"type": hook}]})
    assert error.value.name is None  # shown as one line
    assert hook in HOOKS.module_dict


def test_a_folder_of_that_name_is_no_package(monkeypatch, tmp_path):
    """W&B leaves a folder `wandb` where a run was begun."""
    (tmp_path / "segmind").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ImportError, match="needs the package segmind"):
        check_loggers({"hooks": [{"type": "SegmindLoggerHook"}]})


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        ("TextLoggerHook", ValueError, "write dict"),
        ({"interval": 5}, ValueError, "write dict"),
        ({"type": "MlfowLoggerHook"}, KeyError, "did you mean 'MlflowLoggerHook'"),
        ({"type": "TextLoggerHook", "intervall": 5}, KeyError, "did you mean 'interval'"),
        ({"type": "MlflowLoggerHook", "experiment": "x"}, KeyError, "no key 'experiment'"),
    ],
)
def test_mistakes_in_log_config(entry, error, message):
    with pytest.raises(error, match=message):
        check_loggers({"hooks": [entry]})


def test_the_usual_loggers_pass():
    check_loggers({"interval": 50, "hooks": [{"type": "TextLoggerHook", "interval": 5}]})
    check_loggers({})
