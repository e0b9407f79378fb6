"""How a loading process starts: one thread, and only its own run may end it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import cv2
from torch.utils.data import DataLoader

from models.runtime.stop import SIGNALS

#: how loading processes can begin
START_METHODS = ("fork", "spawn", "forkserver")

_WATCH_INTERVAL = 5  # seconds


def start_loading(loader: DataLoader) -> Iterator[Any]:
    """`iter(loader)`, with loading processes that no signal can meet before they are prepared."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        return iter(loader)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def prepare_worker(worker_id: int, opencv_num_threads: int = 0) -> None:
    """Keep OpenCV to one thread, and outlive signals that are meant for the training process.

    The workers are the parallelism, so OpenCV's threads would only be in the way. Schedulers send
    SIGTERM or SIGUSR1 to every process of a job; a worker that died of it would take the iteration
    along that is to be finished and saved.

    Args:
        worker_id: which of the loader's processes this is.
        opencv_num_threads: OpenCV's threads, where others are asked for.
    """
    cv2.setNumThreads(opencv_num_threads)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=_obey_parent, args=(os.getppid(),), daemon=True).start()


def _obey_parent(parent: int) -> None:
    """Receive the blocked signals; end with the parent, and at its SIGTERM, which cleans up.

    torch's own watch for a parent that was killed waits for locks that it may have died with.
    """
    while True:
        received = signal.sigtimedwait(SIGNALS, _WATCH_INTERVAL)
        if os.getppid() != parent:
            os._exit(1)
        if received and received.si_signo == signal.SIGTERM and received.si_pid == parent:
            os._exit(0)
