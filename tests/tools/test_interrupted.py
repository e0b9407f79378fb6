"""A run that is killed or stopped, and resumed, ends like one that never was.

A few interruptions each; twenty each in the slow tests.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.tools.conftest import COCO_CONFIG, run
from tests.tools.interrupting import (
    assert_same_end,
    kill,
    resumed_at,
    run_interrupted,
    stop,
)

#: a checkpoint after every second iteration, validation, averaged weights
EVERY_SECOND = (
    "checkpoint_config.interval=2",
    "+checkpoint_config.by_epoch=False",
    "+checkpoint_config.max_keep_ckpts=3",
)
AVERAGED = "+custom_hooks=[{'type':'EMAHook','momentum':0.1}]"
#: how many processes → how many samples each, so that the joint batch is one of 2
SAMPLES = {1: 2, 2: 1}


@pytest.fixture(scope="module")
def training(tiny) -> Callable[..., list[object]]:
    """Processes, run folder, epochs, options → command of a run that resumes by itself."""

    def command(processes: int, work_dir: Path, epochs: int, *options: str) -> list[object]:
        start = ["tools/train.py", COCO_CONFIG]
        if processes > 1:
            start = ["bash", "tools/dist_train.sh", COCO_CONFIG, processes]
        return [
            *start,
            *("--work-dir", work_dir, "--seed", 3, "--auto-resume", "--deterministic"),
            *tiny("coco"),
            f"total_epochs={epochs}",
            f"data.samples_per_gpu={SAMPLES[processes]}",
            "evaluation.interval=2",
            AVERAGED,
            *options,
        ]

    return command


@pytest.fixture(scope="module")
def uninterrupted(training, tmp_path_factory) -> Callable[[int, int], Path]:
    """Processes, epochs → last checkpoint of a run that nothing befell."""
    done: dict[tuple[int, int], Path] = {}

    def checkpoint(processes: int, epochs: int) -> Path:
        if (processes, epochs) not in done:
            work_dir = tmp_path_factory.mktemp("uninterrupted") / "run"
            run(*training(processes, work_dir, epochs, "data.workers_per_gpu=1", *EVERY_SECOND))
            done[processes, epochs] = work_dir / f"epoch_{epochs}.pth"
        return done[processes, epochs]

    return checkpoint


def few_or_many(few: int, many: int):
    """Parameters of a test: a few interruptions always, many among the slow tests."""
    return [few, pytest.param(many, marks=pytest.mark.slow)]


@pytest.mark.parametrize("kills", few_or_many(2, 20))
@pytest.mark.parametrize("processes", [1, 2])
def test_killed_run(training, uninterrupted, tmp_path, processes, kills):
    epochs = 2 + kills
    work_dir = tmp_path / "a run"
    command = training(processes, work_dir, epochs, "data.workers_per_gpu=1", *EVERY_SECOND)
    said = run_interrupted(command, work_dir, kill, kills, seed=processes, longest=1.5)
    went_on = resumed_at(said)
    assert went_on == sorted(went_on)
    assert went_on[-1] > 0
    assert_same_end(work_dir / f"epoch_{epochs}.pth", uninterrupted(processes, epochs))
    assert not list(work_dir.glob("earlier_*"))
    assert not list(work_dir.glob(".*.pth"))
    assert len(list(work_dir.glob("best_*.pth"))) == 1


@pytest.mark.parametrize("stops", few_or_many(2, 20))
@pytest.mark.parametrize("processes", [1, 2])
def test_stopped_run(training, uninterrupted, tmp_path, processes, stops):
    """Also loads in the training process, where the uninterrupted run had a loading process."""
    epochs = 2 + stops
    work_dir = tmp_path / "a run"
    command = training(processes, work_dir, epochs, "checkpoint_config.interval=1000")
    said = run_interrupted(command, work_dir, stop, stops, seed=processes, longest=1.0)
    went_on = resumed_at(said)
    assert went_on[0] == 0
    # A stop in an evaluation goes on at that evaluation.
    assert all(before <= after for before, after in pairwise(went_on))
    for before, after in zip(said, went_on[1:], strict=False):
        assert f"iter_{after}.pth" in before  # goes on exactly where it stopped
    assert_same_end(work_dir / f"epoch_{epochs}.pth", uninterrupted(processes, epochs))
