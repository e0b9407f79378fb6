"""tools/slurm_*.sh on a real Slurm: training, testing, preemption, and the loss of a process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time

import pytest

from tests.integration.conftest import (
    COCO_CONFIG,
    REPOSITORY,
    SLURM,
    STOPPED,
    resumed_iteration,
    saved_position,
    score_lines,
    trained_iterations,
)

pytestmark = pytest.mark.integration

#: an argument that a shell would take apart
NOTE = '"two words"  as * and $HOME'


def ask_slurm(slurm, *words) -> str:
    return subprocess.run(
        [str(word) for word in words], env=slurm, check=True, capture_output=True, text=True
    ).stdout


def job_of(slurm, name: str) -> str:
    return ask_slurm(slurm, "squeue", "--noheader", f"--name={name}", "--format=%i").strip()


@pytest.fixture(scope="module")
def slurm_trained(slurm, tiny, tmp_path_factory):
    """The folder of a run of one epoch by two processes; its path and an option have spaces."""
    work_dir = tmp_path_factory.mktemp("slurm runs") / "the run"
    done = subprocess.run(
        [
            *("bash", "tools/slurm_train.sh", "cpu", "a job", COCO_CONFIG, work_dir),
            *("--seed", "0", *tiny("coco"), "total_epochs=1"),
            f"+dist_params.note={NOTE}",
        ],
        cwd=REPOSITORY,
        env=slurm,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return work_dir


def test_train(slurm_trained):
    assert (slurm_trained / "epoch_1.pth").exists()
    assert (slurm_trained / "latest.pth").resolve().name == "epoch_1.pth"
    (config,) = slurm_trained.glob("*.py")
    namespace: dict = {}
    exec(config.read_text(), namespace)
    assert namespace["dist_params"]["note"] == NOTE


@pytest.fixture(scope="module")
def scores_alone(slurm_trained, run_tool, tiny):
    """What one process prints as the scores of that run."""
    done = run_tool(
        *("tools/test.py", COCO_CONFIG, slurm_trained / "latest.pth"),
        *("--work-dir", slurm_trained / "alone", *tiny("coco")),
    )
    assert len(score_lines(done.stdout)) == 10
    return score_lines(done.stdout)


@pytest.mark.parametrize(
    ("gpus", "arguments"),
    [("2", []), ("1", ["--proc_per_gpu", "2"]), ("1", ["--proc_per_gpu=2"])],
    ids=["plain", "two_words", "one_word"],
)
def test_test(slurm, slurm_trained, scores_alone, run_tool, tiny, tmp_path, gpus, arguments):
    done = run_tool(
        *("bash", "tools/slurm_test.sh", "cpu", "tested", COCO_CONFIG),
        *(slurm_trained / "latest.pth", "--work-dir", tmp_path, *arguments, *tiny("coco")),
        **{**slurm, "GPUS": gpus, "SRUN_ARGS": "--verbose\n --label"},
    )
    # Two processes in each case; srun says so, as SRUN_ARGS asked it to.
    assert re.search(r"ntasks +: 2\b", done.stderr)
    said = "\n".join(line.removeprefix("0: ") for line in done.stdout.splitlines())
    assert score_lines(said) == scores_alone


@pytest.fixture
def training(slurm, tiny, start, tmp_path):
    """A long training run that has begun to train: (what was started, its folder, job id)."""
    work_dir = tmp_path / "run"
    name = f"long-{os.getpid()}"
    started = start(
        *("bash", "tools/slurm_train.sh", "cpu", name, COCO_CONFIG, work_dir),
        *("--no-validate", "--seed", 0, *tiny("coco"), "total_epochs=200"),
        env=slurm,
    )
    started.until(lambda: trained_iterations(work_dir) >= 2)
    return started, work_dir, job_of(slurm, name)


@pytest.mark.parametrize("name", ["USR1", "TERM"])
def test_preempted_run_goes_on(slurm, training, tiny, start, name):
    started, work_dir, job = training
    ask_slurm(slurm, "scancel", f"--signal={name}", job)
    assert started.status(60) == STOPPED, started.said()[-4000:]
    assert "task 1" not in started.said()  # one process tells, the others end in peace
    epoch, iteration = saved_position(work_dir)
    assert iteration >= 2

    again = start(
        *("bash", "tools/slurm_train.sh", "cpu", "again", COCO_CONFIG, work_dir),
        *("--auto-resume", "--no-validate", "--seed", 0),
        *(*tiny("coco"), f"total_epochs={epoch + 2}"),
        env=slurm,
    )
    assert again.status() == 0, again.said()[-4000:]
    assert resumed_iteration(again.said()) == iteration
    assert saved_position(work_dir)[1] > iteration
    assert not list(work_dir.glob("earlier_*"))


def test_killed_process_ends_the_job(slurm, training):
    started, _, job = training
    # Columns: process, job, step, local and global task; processes that a task made have no task.
    rows = [row.split() for row in ask_slurm(slurm, "scontrol", "listpids", job).splitlines()]
    (process,) = (int(row[0]) for row in rows if row[-1] == "1")
    begin = time.monotonic()
    os.kill(process, signal.SIGKILL)
    assert started.status(60) not in (0, STOPPED)
    assert time.monotonic() - begin < 60
    assert "task 1: Killed" in started.said()


@pytest.mark.parametrize(
    ("script", "arguments", "settings", "message"),
    [
        ("train", ["cpu", "name", COCO_CONFIG], {}, "bash tools/slurm_train.sh PARTITION"),
        ("test", ["cpu", "name", COCO_CONFIG], {}, "bash tools/slurm_test.sh PARTITION"),
        ("train", ["cpu", "name", COCO_CONFIG, "x"], {"GPUS": "many"}, "GPUS many"),
        ("test", ["cpu", "name", COCO_CONFIG, "x", "--proc_per_gpu=0"], {}, "--proc_per_gpu 0"),
    ],
)
def test_mistakes(run_tool, script, arguments, settings, message):
    done = run_tool("bash", f"tools/slurm_{script}.sh", *arguments, check=False, **settings)
    assert done.returncode == 2
    assert message in done.stderr
    assert not done.stdout


def test_missing_programs_are_named(run_tool, tmp_path):
    for program in ("bash", "sed"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    done = run_tool(
        *(tmp_path / "bash", SLURM, "start", tmp_path / "slurm"), check=False, PATH=str(tmp_path)
    )
    # On a machine that has Slurm in a system folder, another program is missing.
    assert done.returncode == 3
    assert "apt-get install" in done.stderr
    assert not (tmp_path / "slurm").exists()
