"""Launchers of the system: a Slurm of our own, Open MPI, and watching what they run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tools.conftest import COCO_CONFIG, REPOSITORY, run_tool, tiny, tiny_data, trained

__all__ = ["COCO_CONFIG", "REPOSITORY", "run_tool", "tiny", "tiny_data", "trained"]

#: the exit status of a training run that was told to stop and saved itself
STOPPED = 75
SLURM = Path(__file__).with_name("slurm.sh")


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment, without traces of a launcher that may have started it."""
    launchers = ("SLURM_", "SRUN_", "OMPI_", "PMIX_", "MASTER_", "RANK", "LOCAL_RANK", "WORLD_SIZE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(launchers)}
    return {**kept, "OMP_NUM_THREADS": "1", **settings}


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Iterator[dict[str, str]]:
    """A running Slurm; the environment in which tools/slurm_*.sh use it."""
    folder = tmp_path_factory.mktemp("slurm")
    done = subprocess.run(
        ["bash", SLURM, "start", folder],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        # Not a pipe: the daemons would hold it open.
        stderr=(folder / "start.txt").open("w"),
        timeout=120,
    )
    said = (folder / "start.txt").read_text()
    if done.returncode == 3:
        pytest.skip(said.strip())
    assert done.returncode == 0, said
    yield clean_environment(
        SLURM_CONF=str(folder / "slurm.conf"),
        PYTHON=sys.executable,
        GPUS="2",
        GRES="none",
        CPUS_PER_TASK="1",
    )
    subprocess.run(["bash", SLURM, "stop", folder], env=clean_environment(), timeout=120)


@pytest.fixture(scope="session")
def mpirun() -> list[str]:
    """The words that start two processes under Open MPI."""
    program = shutil.which("mpirun")
    if program is None:
        pytest.skip("mpirun not found (Debian: apt-get install openmpi-bin)")
    # mpirun refuses root, and more processes than cores, unless told.
    return [program, "--allow-run-as-root", "--oversubscribe", "-np", "2"]


class Started:
    """A command in the background, its output in a file, so that it cannot block on a full pipe."""

    def __init__(self, words: list[object], env: dict[str, str], output: Path) -> None:
        self.output = output
        with output.open("w") as stream:
            self.process = subprocess.Popen(
                [str(word) for word in words],
                cwd=REPOSITORY,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def until(self, condition: Callable[[], object], seconds: float = 180) -> None:
        """Wait until the condition holds; fail if the command ends before."""
        end = time.monotonic() + seconds
        while not condition():
            if self.process.poll() is not None:
                pytest.fail(f"ended with {self.process.returncode}:\n{self.said()[-4000:]}")
            if time.monotonic() > end:
                pytest.fail(f"nothing in {seconds} s:\n{self.said()[-4000:]}")
            time.sleep(0.2)

    def status(self, seconds: float = 300) -> int:
        """Wait for the end; the exit status."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pytest.fail(f"still runs after {seconds} s:\n{self.said()[-4000:]}")


@pytest.fixture
def start(tmp_path_factory) -> Iterator[Callable[..., Started]]:
    """`start(*words, env=…)` → Started; what still runs when the test ends is killed."""
    folder = tmp_path_factory.mktemp("output")
    started: list[Started] = []

    def begin(*words: object, env: dict[str, str]) -> Started:
        started.append(Started(list(words), env, folder / f"{len(started)}.txt"))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            # srun and mpirun take their processes along.
            one.process.terminate()
            try:
                one.process.wait(30)
            except subprocess.TimeoutExpired:
                one.process.kill()


def score_lines(said: str) -> list[str]:
    """What tools/test.py prints as scores."""
    return re.findall(r"^A[PR][ .\w()]*: -?\d\.\d{4}$", said, flags=re.MULTILINE)


def trained_iterations(work_dir: Path) -> int:
    """How many iterations the run's log shows."""
    lines = [
        line
        for path in work_dir.glob("*.log.json")
        # The last line may be half written.
        for line in path.read_text().splitlines(keepends=True)
        if line.endswith("\n")
    ]
    return sum(json.loads(line).get("mode") == "train" for line in lines)


def saved_position(work_dir: Path) -> tuple[int, int]:
    """The epoch and the iteration in the checkpoint that latest.pth points to."""
    import torch

    latest = work_dir / "latest.pth"
    assert re.fullmatch(r"(iter|epoch)_\d+\.pth", latest.resolve().name), latest.resolve()
    meta = torch.load(latest, weights_only=True)["meta"]
    return meta["epoch"], meta["iter"]


def resumed_iteration(said: str) -> int:
    """The iteration that a resumed run says it goes on at."""
    found = re.findall(r"resumed at epoch \d+, iteration (\d+)", said, flags=re.IGNORECASE)
    assert found, said[-4000:]
    return int(found[0])
