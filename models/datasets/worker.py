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


def start_loading(loader: DataLoader) -> Iterator[Any]:
    """`iter(loader)`, with loading processes that no signal can meet before they are prepared."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        return iter(loader)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def prepare_worker(worker_id: int) -> None:
    """Keep OpenCV to one thread, and outlive signals that are meant for the training process.

    The workers are the parallelism, so OpenCV's threads would only be in the way. Schedulers send
    SIGTERM or SIGUSR1 to every process of a job; a worker that died of it would take the iteration
    along that is to be finished and saved.
    """
    cv2.setNumThreads(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    threading.Thread(target=_obey_parent, daemon=True).start()


def _obey_parent() -> None:
    """Receive the blocked signals; end at the parent's SIGTERM, which cleans up with it."""
    while True:
        received = signal.sigwaitinfo(SIGNALS)
        if received.si_signo == signal.SIGTERM and received.si_pid == os.getppid():
            os._exit(0)
