"""tools/dist_train.sh: ports, arguments, several machines, and processes that die."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.runtime.stop import EXIT_STOPPED
from tests.tools.conftest import COCO_CONFIG
from tests.tools.interrupting import BEGUN, Attempt, assert_same_end


@pytest.fixture
def command(overriding, tmp_path):
    """Processes, options → words that train; validation is left out."""

    def words(processes: int, *options: str, work_dir: Path = tmp_path / "a run") -> list[object]:
        return [
            *("bash", "tools/dist_train.sh", COCO_CONFIG, processes),
            *("--work-dir", work_dir, "--no-validate", "--seed", 0),
            *overriding("total_epochs=1", "data.samples_per_gpu=2", *options),
        ]

    return words


@pytest.fixture
def attempt(tmp_path) -> Iterator:
    """See `Attempt`; what still runs at the end is killed."""
    started: list[Attempt] = []

    def start(words, **env: str) -> Attempt:
        started.append(Attempt(words, tmp_path / f"{len(started)}.log", **env))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.kill_all()


def taken_port() -> socket.socket:
    """A socket that listens on some port."""
    return socket.create_server(("127.0.0.1", 0))


def free_port() -> str:
    """A port on which nothing listens, and that the system gives to nobody who asks for any."""
    while True:
        port = random.randrange(20000, 30000)
        with contextlib.suppress(OSError), socket.create_server(("", port)):
            return str(port)


def statuses(attempts: list[Attempt], seconds: float = 180) -> list[int]:
    """How several starts that belong together ended.

    One that fails leaves the others waiting for it, and so the first failure ends the test.
    """
    end = time.monotonic() + seconds
    while any(one.process.poll() is None for one in attempts) and time.monotonic() < end:
        failed = [one for one in attempts if one.process.poll() not in (None, 0, EXIT_STOPPED)]
        assert not failed, failed[0].text[-3000:]
        time.sleep(0.1)
    if time.monotonic() >= end:
        for one in attempts:
            one.abort()
        raise AssertionError(
            "\n\n".join([f"not ended in {seconds} s", *(o.text for o in attempts)])
        )
    return [one.wait() for one in attempts]


def rank_of(pid: int) -> str | None:
    """The rank of a training process; None for others."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    settings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    if not any(word.endswith(b"tools/train.py") for word in words) or b"torch" in words[2]:
        return None
    return next((s[5:].decode() for s in settings if s.startswith(b"RANK=")), None)


def process_of(attempt: Attempt, rank: int) -> int:
    """The number of the training process with a rank."""
    for pid in attempt.processes():
        if rank_of(pid) == str(rank):
            return pid
    raise AssertionError(f"no process of rank {rank}")


def test_taken_port_and_awkward_arguments(command, attempt, tmp_path):
    """A path with a space, an option with quotes, and a port on which something listens."""
    note = '"two words"  as * and $HOME'
    with taken_port() as server:
        port = str(server.getsockname()[1])
        one = attempt(command(2, f"+dist_params.note={note}"), PORT=port)
        assert one.wait() == 0, one.text[-3000:]
    assert f"Port {port} is taken; a free one is used" in one.text
    (config,) = (tmp_path / "a run").glob("*.py")
    settings: dict = {}
    exec(config.read_text(), settings)
    assert settings["dist_params"]["note"] == note
    assert "Warning" not in one.text
    assert "consider --autoscale-lr" in one.text  # one warning, from one process
    assert one.text.count("consider --autoscale-lr") == 1


def test_rate_follows_the_processes_there_are(command, attempt):
    one = attempt([*command(2, "optimizer.lr=0.064"), "--autoscale-lr"], PORT=free_port())
    assert one.wait() == 0, one.text[-3000:]
    # 2 processes with 2 samples each, where the config means 8 with 8
    assert "Learning rate 0.064 × 4 / 64 = 0.004" in one.text
    assert one.text.count("Learning rate") == 1


def test_dead_process_ends_the_job_and_is_named(command, attempt):
    one = attempt(command(2, "total_epochs=500"))
    assert one.wait_for(BEGUN)
    os.kill(process_of(one, 1), signal.SIGKILL)
    begin = time.monotonic()
    assert one.wait(60) == 1
    assert time.monotonic() - begin < 60
    cause = one.text.partition("Root Cause")[2]
    assert re.search(r"rank\s*: 1 ", cause), one.text[-3000:]
    assert "Signal 9 (SIGKILL)" in cause
    assert "lost another process" in one.text, one.text[-6000:]


def test_error_of_a_process_is_named(command, attempt, tiny_data, tmp_path):
    """One picture is damaged; only the process that meets it knows."""
    for part in ("annotations", "train"):
        (tmp_path / part).mkdir()
        for path in (tiny_data / part).iterdir():
            (tmp_path / part / path.name).write_bytes(path.read_bytes())
    labels = json.loads((tmp_path / "annotations/person_keypoints_train.json").read_text())
    bad = labels["images"][-1]["file_name"]
    (tmp_path / "train" / bad).write_bytes(b"no picture")
    one = attempt(
        command(
            2,
            f"data.train.ann_file={tmp_path}/annotations/person_keypoints_train.json",
            f"data.train.img_prefix={tmp_path}/train/",
            "data.workers_per_gpu=1",
        )
    )
    assert one.wait(120) == 1
    error = re.search(r"^error \(process ([01]) of 2\): image .*$", one.text, re.MULTILINE)
    assert error, one.text[-3000:]
    assert bad in error.group(0)
    assert "--skip-bad-images" in error.group(0)
    cause = one.text.partition("Root Cause")[2]
    assert re.search(rf"rank\s*: {error.group(1)} ", cause)
    assert bad in cause


def test_restarted_processes_go_on(command, attempt, tmp_path):
    one = attempt(command(2, "total_epochs=6", "checkpoint_config.interval=1"), MAX_RESTARTS="1")
    assert one.wait_for("Epoch [3][1/3]")  # a checkpoint is spoken of before it is written
    os.kill(process_of(one, 1), signal.SIGKILL)
    assert one.wait(180) == 0, one.text[-3000:]
    assert re.search(r"resumed at epoch [2-5], iteration", one.text), one.text[-6000:]
    assert (tmp_path / "a run" / "epoch_6.pth").exists()
    assert not list((tmp_path / "a run").glob("earlier_*"))


def test_two_machines(command, attempt, tmp_path):
    """Two launchers that know each other by address and port alone, with one process each."""
    where = {"NNODES": "2", "MASTER_ADDR": "127.0.0.1", "PORT": free_port()}
    both = [
        attempt(command(1, "total_epochs=2"), NODE_RANK=str(rank), GLOO_SOCKET_IFNAME="lo", **where)
        for rank in range(2)
    ]
    assert statuses(both) == [0, 0], both[0].text[-3000:] + both[1].text[-3000:]
    (run_dir,) = tmp_path.glob("a run")
    assert (run_dir / "epoch_2.pth").exists()
    assert len(list(run_dir.glob("*.log"))) == 1  # one group, one log
    assert "Epoch [2][3/3]" in both[0].text  # 12 persons: 3 steps of 2 machines with 2 each
    assert "Epoch [" not in both[1].text


def test_stop_on_one_machine_stops_both(command, attempt, tmp_path):
    where = {"NNODES": "2", "MASTER_ADDR": "127.0.0.1", "PORT": free_port()}
    both = [
        attempt(
            command(1, "total_epochs=500"), NODE_RANK=str(rank), GLOO_SOCKET_IFNAME="lo", **where
        )
        for rank in range(2)
    ]
    assert both[0].wait_for(BEGUN)
    both[1].process.send_signal(signal.SIGUSR1)
    assert statuses(both, 60) == [EXIT_STOPPED, EXIT_STOPPED]
    assert "stopped by another process" in both[0].text
    assert (tmp_path / "a run" / "latest.pth").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "needs NODE_RANK"),
        (
            {"NODE_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MAX_RESTARTS": "1"},
            "MAX_RESTARTS is for one machine",
        ),
    ],
)
def test_settings_of_several_machines(command, run_tool, settings, message):
    done = run_tool(*command(1), check=False, NNODES="2", **settings)
    assert done.returncode == 2
    assert message in done.stderr


@pytest.mark.parametrize("script", ["dist_train", "dist_test"])
def test_too_few_arguments(run_tool, script):
    done = run_tool("bash", f"tools/{script}.sh", COCO_CONFIG, check=False)
    assert done.returncode == 2
    assert f"bash tools/{script}.sh CONFIG" in done.stderr


@pytest.mark.slow
def test_three_processes_go_on_exactly(run_tool, overriding, tmp_path):
    """Sums of three depend on how torch groups gradients, and it regroups them after one step."""

    def train(work_dir, *arguments):
        run_tool(
            *("bash", "tools/dist_train.sh", COCO_CONFIG, 3, "--work-dir", work_dir, *arguments),
            *("--no-validate", "--seed", 0),
            *overriding("data.samples_per_gpu=1", "total_epochs=3", "checkpoint_config.interval=1"),
        )

    train(tmp_path / "straight")
    train(tmp_path / "cut", "--resume-from", tmp_path / "straight" / "epoch_1.pth")
    assert_same_end(tmp_path / "straight" / "epoch_3.pth", tmp_path / "cut" / "epoch_3.pth")
