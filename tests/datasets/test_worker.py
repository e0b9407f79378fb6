"""Loading processes: whose signals they obey."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
import torch
from torch.utils.data import Dataset

from models.datasets import build_dataloader, start_loading
from models.runtime.stop import SIGNALS


class Slow(Dataset):
    """Samples are the numbers of the processes that loaded them."""

    def __len__(self):
        return 12

    def __getitem__(self, index):
        time.sleep(0.05)
        return torch.tensor(os.getpid())


class OpencvThreads(Dataset):
    """Samples are the numbers of OpenCV's threads where they are loaded."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return torch.tensor(cv2.getNumThreads())


@pytest.mark.parametrize(("settings", "threads"), [({}, 1), ({"opencv_num_threads": 2}, 2)])
def test_opencv_has_the_threads_that_are_asked_for(settings, threads):
    loader = build_dataloader(OpencvThreads(), 1, 1, multiprocessing_context="fork", **settings)
    assert {int(batch) for batch in start_loading(loader)} == {threads}


def signal_from_elsewhere(number: int, pid: int) -> None:
    subprocess.run([sys.executable, "-c", f"import os; os.kill({pid}, {number})"], check=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
@pytest.mark.parametrize("persistent", [True, False])
def test_schedulers_signals_do_not_end_them(number, persistent):
    loader = build_dataloader(Slow(), 1, 2, persistent_workers=persistent)
    batches = start_loading(loader)
    pids = {int(next(batches)) for _ in range(2)}
    assert os.getpid() not in pids
    for pid in pids:
        signal_from_elsewhere(number, pid)
    assert {int(batch) for batch in batches} == pids


def test_the_training_process_ends_them():
    loader = build_dataloader(Slow(), 1, 1)
    batches = start_loading(loader)
    pid = int(next(batches))
    (worker,) = batches._workers
    worker.terminate()
    worker.join(5)
    assert worker.pid == pid
    assert worker.exitcode == 0


def test_signals_reach_the_training_process_again():
    list(start_loading(build_dataloader(Slow(), 6, 1)))
    assert not set(SIGNALS) & signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_they_end_with_a_killed_training_process(monkeypatch):
    """Even where it died with a lock that they wait for."""
    monkeypatch.setattr("models.datasets.worker._WATCH_INTERVAL", 0.1)
    reader, writer = os.pipe()
    killed = os.fork()
    if killed == 0:
        try:
            batches = start_loading(build_dataloader(Slow(), 1, 1))
            batches._workers_done_event._cond.acquire()
            os.write(writer, str(batches._workers[0].pid).encode())
            signal.pause()
        finally:
            os._exit(1)
    worker = int(os.read(reader, 20))
    time.sleep(0.5)  # it has begun to wait
    os.kill(killed, signal.SIGKILL)
    os.waitpid(killed, 0)
    end = time.monotonic() + 10
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.05)
    ended = not is_running(worker)
    if not ended:
        os.kill(worker, signal.SIGKILL)
    assert ended


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"  # nobody may have asked for its status
