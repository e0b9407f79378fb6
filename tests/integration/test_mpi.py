"""`--launcher mpi` under Open MPI's mpirun: training, testing, and being told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.integration.conftest import (
    COCO_CONFIG,
    REPOSITORY,
    STOPPED,
    clean_environment,
    resumed_iteration,
    saved_position,
    score_lines,
    trained_iterations,
)

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def mpi_trained(mpirun, tiny, tmp_path_factory):
    """The folder of a run of one epoch by two processes."""
    work_dir = tmp_path_factory.mktemp("mpi runs") / "run"
    done = subprocess.run(
        [
            *(*mpirun, sys.executable, "tools/train.py", COCO_CONFIG, "--work-dir", work_dir),
            *("--launcher", "mpi", "--seed", "0", *tiny("coco"), "total_epochs=1"),
        ],
        cwd=REPOSITORY,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return work_dir


def test_train(mpi_trained):
    assert (mpi_trained / "latest.pth").resolve().name == "epoch_1.pth"
    # One log: only the first process writes.
    assert len(list(mpi_trained.glob("*.log"))) == 1


def test_test(mpirun, mpi_trained, run_tool, tiny, tmp_path):
    command = ["tools/test.py", COCO_CONFIG, mpi_trained / "latest.pth", "--work-dir", tmp_path]
    alone = run_tool(*command, *tiny("coco"))
    done = run_tool(*mpirun, sys.executable, *command, "--launcher", "mpi", *tiny("coco"))
    assert len(score_lines(alone.stdout)) == 10
    assert score_lines(done.stdout) == score_lines(alone.stdout)


def test_stopped_run_goes_on(mpirun, tiny, start, tmp_path):
    command = [
        *(*mpirun, sys.executable, "tools/train.py", COCO_CONFIG, "--work-dir", tmp_path),
        *("--launcher", "mpi", "--no-validate", "--seed", 0),
    ]
    started = start(*command, *tiny("coco"), "total_epochs=200", env=clean_environment())
    started.until(lambda: trained_iterations(tmp_path) >= 2)
    os.kill(started.process.pid, signal.SIGUSR1)  # mpirun passes it on
    assert started.status(60) == STOPPED, started.said()[-4000:]
    epoch, iteration = saved_position(tmp_path)

    again = start(
        *(*command, "--auto-resume", *tiny("coco"), f"total_epochs={epoch + 2}"),
        env=clean_environment(),
    )
    assert again.status() == 0, again.said()[-4000:]
    assert resumed_iteration(again.said()) == iteration


@pytest.mark.parametrize("tool", ["train", "test"])
def test_without_mpirun(run_tool, tool, tmp_path):
    arguments = [COCO_CONFIG] if tool == "train" else [COCO_CONFIG, "none.pth"]
    done = subprocess.run(
        [
            *(sys.executable, f"tools/{tool}.py", *arguments),
            *("--work-dir", tmp_path, "--launcher", "mpi"),
        ],
        cwd=REPOSITORY,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "mpirun" in line
