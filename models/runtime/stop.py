"""Stopping on request: SIGTERM and SIGUSR1 ask a run to finish its iteration and save.

Slurm sends one of them before it takes a machine away; `tools/dist_train.sh` passes both on.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from pathlib import Path
from types import FrameType, TracebackType

#: exit status of a run that stopped on request and can be resumed (EX_TEMPFAIL of sysexits.h)
EXIT_STOPPED = 75

#: a folder of `tools/dist_train.sh`, through which it finds its processes and learns how they ended
LAUNCH_FOLDER = "LITE_HRNET_LAUNCH_FOLDER"

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)


class Stopped(Exception):
    """A run ended on request, and its state is saved.

    Args:
        reason: name of the signal, or "another process".
        checkpoint: where to go on.
    """

    def __init__(self, reason: str, checkpoint: str | os.PathLike) -> None:
        super().__init__(f"stopped by {reason}; go on from {checkpoint} with --auto-resume")
        self.reason = reason
        self.checkpoint = str(checkpoint)


class StopRequest:
    """Remembers whether a stop was asked for; handlers are in place within its `with` block.

    A second signal changes nothing: launchers and schedulers often send several at once. Ctrl-C
    ends a run immediately, as ever.

    Attributes:
        reason: name of the signal that came, or None.
    """

    def __init__(self) -> None:
        self.reason: str | None = None

    def __enter__(self) -> StopRequest:
        self._before = {number: signal.signal(number, self._receive) for number in SIGNALS}
        if folder := os.environ.get(LAUNCH_FOLDER):
            (Path(folder) / f"{os.getpid()}.pid").touch()
        if "TORCHELASTIC_RUN_ID" in os.environ:
            _end_with_parent()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            # A process that has stopped may end as slowly as it likes: srun signals those that are
            # left when the first one ends, and would report that of them.
            signal.signal(number, signal.SIG_IGN if self.reason and kind else handler)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        self.reason = self.reason or signal.Signals(number).name


def _end_with_parent() -> None:
    """Let the system ask this process to stop when torchrun is killed, which leaves it alone.

    Linux only; elsewhere such processes go on to the end of the run.
    """
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))  # 1: PR_SET_PDEATHSIG


def exit_status(rank: int) -> int:
    """With what a stopped process exits: `EXIT_STOPPED`, once for a whole group.

    Launchers end the other processes when one exits with anything but 0, and so only the first
    process does. Under `tools/dist_train.sh` none does; it is told through a file.
    """
    if folder := os.environ.get(LAUNCH_FOLDER):
        (Path(folder) / "stopped").touch()
        return 0
    return EXIT_STOPPED if rank == 0 else 0
