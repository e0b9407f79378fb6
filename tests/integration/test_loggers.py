"""Training that logs to a real MLflow server, and to W&B without its service."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.integration.conftest import (
    COCO_CONFIG,
    REPOSITORY,
    STOPPED,
    clean_environment,
    trained_iterations,
)

pytestmark = pytest.mark.integration

ITERATIONS = 3  # of an epoch of the tiny data set, in batches of 4


def needs(package: str) -> None:
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed (pip install -c requirements.txt {package})")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """The address of an MLflow server with an empty store."""
    needs("mlflow")
    folder = tmp_path_factory.mktemp("mlflow")
    address = f"http://127.0.0.1:{(port := free_port())}"
    with (folder / "server.log").open("w") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder}/store.db"),
                *("--artifacts-destination", str(folder / "artifacts")),
            ],
            # Without its background jobs, of which a pool of processes would be started.
            env=clean_environment(MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false"),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(address, process, folder / "server.log")
        yield address
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # the server and its workers
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-4000:]
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    pytest.fail(log.read_text()[-4000:])


@pytest.fixture
def config(tmp_path):
    """Entries of `log_config.hooks` → a config file with them."""

    def write(*hooks: str) -> Path:
        path = tmp_path / "logged.py"
        entries = ", ".join(("dict(type='TextLoggerHook')", *hooks))
        path.write_text(
            f"_base_ = ['{REPOSITORY / COCO_CONFIG}']\nlog_config = dict(hooks=[{entries}])\n"
        )
        return path

    return write


def client_and_runs(address: str, experiment: str):
    from mlflow import MlflowClient

    client = MlflowClient(address)
    found = client.get_experiment_by_name(experiment)
    return client, client.search_runs([found.experiment_id])


def history(client, run, name: str) -> list[tuple[int, float]]:
    """Steps and values of a metric, in the order in which they arrived."""
    return [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, name)]


def logged(work_dir: Path, mode: str, key: str) -> list[float]:
    """Values in the run folder's own logs."""
    lines = [
        json.loads(line)
        for path in sorted(work_dir.glob("*.log.json"))
        for line in path.read_text().splitlines()
    ]
    return [line[key] for line in lines if line.get("mode") == mode]


def test_mlflow_gets_what_the_log_has_and_a_resumed_run_goes_on(
    server, config, run_tool, tiny, tmp_path
):
    path = config("dict(type='MlflowLoggerHook', exp_name='resumed', params=dict(width=40))")
    work_dir = tmp_path / "run"
    command = (
        *("tools/train.py", path, "--work-dir", work_dir, "--seed", 0, "--autoscale-lr"),
        *("--auto-resume", *tiny("coco")),
    )
    for epochs in (1, 2):
        done = run_tool(*command, f"total_epochs={epochs}", MLFLOW_TRACKING_URI=server)
        assert "warning" not in done.stderr.lower()
        assert done.stderr.count(f"Epoch [{epochs}][1/{ITERATIONS}]") == 1  # each line once
    client, (run,) = client_and_runs(server, "resumed")
    assert run.info.status == "FINISHED"
    assert run.info.run_name == "run"
    assert run.data.params == {"width": "40"}
    loss = history(client, run, "train/loss")
    assert [step for step, _ in loss] == list(range(1, 2 * ITERATIONS + 1))
    own = logged(work_dir, "train", "loss")
    assert [value for _, value in loss] == pytest.approx(own, abs=1e-5)
    assert {step for step, _ in history(client, run, "val/AP")} == {ITERATIONS, 2 * ITERATIONS}
    assert history(client, run, "val/AP M")
    # The checkpoint that validation found best, as a file that loads without running code.
    import mlflow
    import torch

    kept = [file.path for file in client.list_artifacts(run.info.run_id, "models")]
    best = next(name for name in kept if Path(name).name.startswith("best_AP"))
    assert "models/logged.py" in kept
    mlflow.set_tracking_uri(server)
    file = client.download_artifacts(run.info.run_id, best, str(tmp_path))
    assert torch.load(file, weights_only=True)["state_dict"]


def test_one_process_of_two_logs(server, config, run_tool, tiny, tmp_path):
    path = config("dict(type='MlflowLoggerHook', exp_name='two', log_model=False)")
    command = "bash", "tools/dist_train.sh", path, 2, "--work-dir", tmp_path / "run", "--seed", 0
    run_tool(*command, *tiny("coco"), MLFLOW_TRACKING_URI=server)
    client, (run,) = client_and_runs(server, "two")
    steps = [step for step, _ in history(client, run, "train/loss")]
    assert steps == list(range(1, len(steps) + 1))
    assert len(steps) == len(logged(tmp_path / "run", "train", "loss")) > 0


def test_a_stopped_run_is_not_called_finished(server, config, start, tiny, tmp_path):
    path = config("dict(type='MlflowLoggerHook', exp_name='stopped')")
    started = start(
        *(sys.executable, "tools/train.py", path, "--work-dir", tmp_path / "run", "--seed", 0),
        *("--no-validate", *tiny("coco"), "total_epochs=500"),
        env=clean_environment(MLFLOW_TRACKING_URI=server),
    )
    started.until(lambda: trained_iterations(tmp_path / "run") >= 2)
    os.kill(started.process.pid, signal.SIGTERM)
    assert started.status(60) == STOPPED, started.said()[-4000:]
    _, (run,) = client_and_runs(server, "stopped")
    assert run.info.status == "KILLED"


def test_a_server_that_is_away_is_one_line(config, run_tool, tiny, tmp_path):
    needs("mlflow")
    address = f"http://127.0.0.1:{free_port()}"
    done = run_tool(
        *("tools/train.py", config("dict(type='MlflowLoggerHook', exp_name='x')")),
        *("--work-dir", tmp_path / "run", "--autoscale-lr", *tiny("coco")),
        check=False,
        MLFLOW_TRACKING_URI=address,
    )
    assert done.returncode == 1
    assert f"{address} does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Epoch [1]" not in done.stderr


def test_wandb_offline(config, run_tool, tiny, tmp_path):
    needs("wandb")
    path = config("dict(type='WandbLoggerHook', init_kwargs=dict(project='x', mode='offline'))")
    work_dir = tmp_path / "run"
    command = "tools/train.py", path, "--work-dir", work_dir, "--seed", 0, "--autoscale-lr"
    for epochs in (1, 2):
        done = run_tool(*command, "--auto-resume", *tiny("coco"), f"total_epochs={epochs}")
        assert "warning" not in done.stderr.lower()
        last = re.findall(r"wandb: +global_step (\d+)", done.stderr)
        assert last == [str(epochs * ITERATIONS)]
    # Two folders, of one run.
    folders = sorted((work_dir / "wandb").glob("offline-run-*"))
    identity = json.loads((work_dir / "logger_runs.json").read_text())["wandb"]
    assert len(folders) == 2
    assert all(folder.name.endswith(f"-{identity}") for folder in folders)
    for folder in folders:
        (file,) = folder.glob("*.wandb")
        assert b"val/AP" in file.read_bytes()
        assert b"train/loss" in file.read_bytes()
