"""Several images at once, each on a thread of its own.

Lite-HRNet's maps are small: shared between threads, most operators take less time than the threads
take to meet. One image also fits into a core's cache where a batch does not. So a batch is computed
image by image (or a few at a time), as many at once as there are threads. An image's numbers do not
depend on the batch that it came in.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def usable_threads() -> int:
    """Threads for one process: `OMP_NUM_THREADS`, else the cores that it may run on."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return int(asked) if asked.isdigit() and int(asked) > 0 else len(os.sched_getaffinity(0))


class Streams:
    """A pool of threads that answer parts of a batch in order.

    Args:
        threads: how many parts are computed at once.
        prepare: run in every thread, before the constructor returns.
    """

    def __init__(self, threads: int, prepare: Callable[[], None] | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads, "images", prepare)
        # The pool starts a thread when there is work that none is free for.
        all_there = Barrier(threads)
        list(self._pool.map(lambda _: all_there.wait(), range(threads)))

    def map(self, compute: Callable[[Part], Answer], parts: list[Part]) -> list[Answer]:
        """`compute` of every part."""
        return list(self._pool.map(compute, parts))
