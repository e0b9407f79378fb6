"""Loading processes: whose signals they obey."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

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
