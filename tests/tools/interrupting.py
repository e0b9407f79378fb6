"""Runs that are cut at random moments, started again and again until they end by themselves."""

from __future__ import annotations

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from models.runtime.checkpoint import read_checkpoint
from models.runtime.stop import EXIT_STOPPED
from tests.identical import identical

REPOSITORY = Path(__file__).resolve().parents[2]
MARK = "STARTED_BY_TEST"
BEGUN = "Training from epoch"  # in the log, just before the first iteration


class Attempt:
    """One start of a training command, in a process group of its own.

    Args:
        command: words of the command.
        log: file that receives what it says.
        env: additions to the environment.
    """

    def __init__(self, command: Sequence[object], log: Path, **env: str) -> None:
        self.log = log
        self.mark = uuid.uuid4().hex
        words = [str(word) for word in command]
        if words[0].endswith(".py"):
            words.insert(0, sys.executable)
        scripts = Path(sys.executable).parent
        self.file = log.open("wb")  # closed when the process has ended
        self.process = subprocess.Popen(
            words,
            cwd=REPOSITORY,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
                "VIRTUAL_ENV": str(scripts.parent),
                "PYTHONUNBUFFERED": "1",
                "PYTHONFAULTHANDLER": "1",  # for `abort`
                MARK: self.mark,
                **env,
            },
            stdout=self.file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def text(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_for(self, words: str, seconds: float = 120) -> bool:
        """Wait until the log says something; False if the process ended before it did."""
        return self.wait_until(lambda: words in self.text, f"'{words}' not said", seconds)

    def wait_until(self, done: Callable[[], bool], fault: str, seconds: float = 120) -> bool:
        """Wait until something is done; False if the process ended before it was."""
        end = time.monotonic() + seconds
        while not done():
            if self.process.poll() is not None:
                return done()
            assert time.monotonic() < end, f"{fault} in {seconds} s:\n{self.text[-3000:]}"
            time.sleep(0.02)
        return True

    def wait(self, seconds: float = 300) -> int:
        """The exit status; a run that takes longer fails with where each process was."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.abort()
            raise AssertionError(f"not ended in {seconds} s:\n{self.text[-20000:]}") from None
        self.file.close()
        return status

    def processes(self) -> list[int]:
        """The numbers of all processes that came of this start: they have its environment."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"{MARK}={self.mark}".encode() in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return sorted(found)

    def abort(self) -> None:
        """SIGABRT for every process, which makes Python write to the log where it was."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)

    def kill_all(self) -> None:
        """SIGKILL for every process that came of this start, in no order."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.wait()


def check_readable(work_dir: Path) -> None:
    """Every checkpoint that has its name is whole."""
    for path in work_dir.glob("[!.]*.pth"):
        if path.exists():
            read_checkpoint(path)
        else:
            assert path.is_symlink()  # dangling for the moment between a removal and a renewal


def kill(attempt: Attempt, number: int) -> None:
    """SIGKILL for everything."""
    attempt.kill_all()


def stop(attempt: Attempt, number: int) -> None:
    """A request to stop, in turn by each signal, which must end in a saved iteration."""
    attempt.process.send_signal((signal.SIGTERM, signal.SIGUSR1)[number % 2])
    assert attempt.wait(60) == EXIT_STOPPED, attempt.text[-3000:]


def run_interrupted(
    command: Sequence[object],
    work_dir: Path,
    interrupt: Callable[[Attempt, int], None],
    times: int,
    seed: int,
    longest: float,
) -> list[str]:
    """Run a command to its end, interrupted at random moments and started again.

    The last interruption comes when there is a checkpoint: on a slow machine all could come before.

    Args:
        command: of a run that resumes by itself.
        work_dir: its run folder.
        interrupt: `kill` or `stop`.
        times: how often.
        seed: of the moments.
        longest: seconds after the first iteration began, at most, until an interruption.

    Returns:
        What each start said.
    """
    rng = random.Random(seed)
    logs = work_dir.with_name(work_dir.name + " logs")
    logs.mkdir()
    said = []
    for number in range(times):
        attempt = Attempt(command, logs / f"{number}.log")
        assert attempt.wait_for(BEGUN), attempt.text[-3000:]
        if number == times - 1:
            saved = (work_dir / "latest.pth").exists  # something to go on from
            assert attempt.wait_until(saved, "no checkpoint"), attempt.text[-3000:]
        time.sleep(rng.uniform(0, longest))
        assert attempt.process.poll() is None, "the run ended too early; make it longer"
        interrupt(attempt, number)
        check_readable(work_dir)
        said.append(attempt.text)
    last = Attempt(command, logs / "last.log")
    assert last.wait() == 0, last.text[-3000:]
    return [*said, last.text]


def resumed_at(said: Sequence[str]) -> list[int]:
    """At which iteration each start went on."""
    found = [re.search(r"resumed at epoch \d+, iteration (\d+)", text) for text in said]
    return [int(match.group(1)) if match else 0 for match in found]


def assert_same_end(one: Path, other: Path) -> None:
    """Two checkpoints hold the same state of a run, to the last bit."""
    a, b = (torch.load(path, weights_only=True) for path in (one, other))
    for key in ("epoch", "iter", "samples_of_epoch"):
        assert a["meta"][key] == b["meta"][key], key
    best = [c["meta"]["hook_msgs"].get("best_score") for c in (a, b)]
    assert best[0] == best[1]
    for key in ("state_dict", "raw_state_dict"):
        assert (key in a) == (key in b)
        for name, value in a.get(key, {}).items():
            assert torch.equal(value, b[key][name]), (key, name)
    assert a["optimizer"]["param_groups"] == b["optimizer"]["param_groups"]
    for index, state in a["optimizer"]["state"].items():
        for name, value in state.items():
            assert torch.equal(value, b["optimizer"]["state"][index][name]), (index, name)
    assert identical(a["random_states"], b["random_states"])
