"""The parent's end of a side's process: start it, ask, and know why it ended."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from models.benchmark.side import Side

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 1800  # seconds for one answer; compiling a network is the longest
_TAIL = 2000  # characters of stderr that are kept of a side that failed


class SideFailed(RuntimeError):
    """A side's process ended or did not answer; the text ends with what it said on stderr."""


class SideProcess:
    """One side, in a process of its own; ends with the `with` block.

    Args:
        side: what to run.
        threads: of the libraries that compute.
        warm_up: seconds for each of its cases.
        folder: for its stderr and its answers.
        patience: seconds to wait for an answer.
    """

    def __init__(
        self, side: Side, threads: int, warm_up: float, folder: Path, patience: float = PATIENCE
    ) -> None:
        self.side, self.patience = side, patience
        stem = side.name.replace(":", "_").replace("/", "_")
        self._errors, self._answers = folder / f"{stem}.err", folder / f"{stem}.npz"
        self._begin = time.perf_counter()
        with open(self._errors, "wb") as errors:
            self._process = subprocess.Popen(
                [side.python, "-W", "ignore", "-m", "models.benchmark.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=CHECKOUT,
                env=environment(threads),
            )
        self._buffer = b""
        self._tell(
            {
                "do": "start",
                "function": side.function,
                "options": dict(side.options),
                "threads": threads,
                "warm_up": warm_up,
                "answers": str(self._answers),
            }
        )

    def ready(self) -> dict[str, Any]:
        """Wait until the side is set up and warm.

        Returns:
            What it said (see `worker.start`), and `ready_s`, seconds since its process began.

        Raises:
            SideFailed: it is not to be.
        """
        reply = self._hear()
        return {**reply, "ready_s": time.perf_counter() - self._begin}

    def run(self, case: str, seconds: float) -> dict[str, Any]:
        """One round of a case; see `worker.run_round`.

        Raises:
            SideFailed: the process died or hangs.
        """
        self._tell({"do": "run", "case": case, "seconds": seconds})
        return self._hear()

    def answers(self) -> dict[str, np.ndarray]:
        """The numbers that the side's work gives."""
        with np.load(self._answers) as content:
            return dict(content)

    def close(self) -> None:
        """End the process, at once if it does not end by itself."""
        if self._process.poll() is None:
            self._tell({"do": "end"})
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def __enter__(self) -> SideProcess:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._process.kill()
        self.close()

    def _tell(self, order: Mapping[str, Any]) -> None:
        try:
            self._process.stdin.write((json.dumps(order) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:  # it is gone; `_hear` says why
            pass

    def _hear(self) -> dict[str, Any]:
        end = time.monotonic() + self.patience
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not selector.select(max(0, end - time.monotonic())):
                    self._process.kill()
                    raise SideFailed(f"no answer within {self.patience:g} s; {self._last_words()}")
                piece = os.read(self._process.stdout.fileno(), 1 << 16)
                if not piece:
                    status = self._process.wait()
                    how = f"signal {-status}" if status < 0 else f"exit status {status}"
                    raise SideFailed(f"the process ended ({how}); {self._last_words()}")
                self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return json.loads(line)

    def _last_words(self) -> str:
        said = self._errors.read_text(encoding="utf-8", errors="replace").strip()
        return f"its stderr ends: …{said[-_TAIL:]}" if said else "it said nothing on stderr"


def environment(threads: int) -> dict[str, str]:
    """Environment of a side: this checkout's `models`, and so many threads."""
    path = os.pathsep.join(filter(None, [str(CHECKOUT), os.environ.get("PYTHONPATH")]))
    bound = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    return {**os.environ, **bound, "PYTHONPATH": path}
