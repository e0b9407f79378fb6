"""How every command-line tool ends: a mistake in its input is one line."""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from models.runtime.quiet import quiet_process

#: errors that the user's input causes, and whose text is written for the user
_MISTAKES = (FileNotFoundError, FileExistsError, NotADirectoryError, KeyError, ValueError)

#: packages that a light installation has not
_FULL_INSTALLATION = ("torch", "torchvision", "mmcv", "xtcocotools", "json_tricks", "matplotlib")

_WORKER_DEATH = re.compile(r"DataLoader worker \(pid.*?\) (?:is killed by|exited unexpectedly)")
_WORKER_SIGNAL = re.compile(r"is killed by signal: (\w+)")
_LOST_CONNECTION = re.compile(
    r"Connection (?:closed|reset) by peer|Broken pipe|Socket Timeout|Connection refused"
    r"|recvValue failed|remote process has exited"
)
_PATIENCE = 5  # seconds


def end_on_request() -> None:
    """Let SIGTERM, by which schedulers and launchers end a tool, clean up what it has begun."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))


def run_tool(main: Callable[[], Any]) -> None:
    """Run a tool; a mistake in its input ends it with one line on stderr and exit status 1.

    Set LITE_HRNET_TRACEBACK=1 to see where it came from. Where several processes run, the line
    names the one that failed, and torchrun is told why. What dependencies have to say that no user
    can act on is not shown, see `quiet.py`.
    """
    quiet_process()
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        message = explain(error)
        lost = _LOST_CONNECTION.search(str(error)) is not None and "RANK" in os.environ
        if lost:
            message = "lost another process, whose own error tells why"
        else:
            _tell_torchrun(error)
        in_full = message is None or bool(os.environ.get("LITE_HRNET_TRACEBACK"))
        if not in_full:
            print(f"error{_which_process()}: {message}", file=sys.stderr, flush=True)
        if lost:
            # torchrun takes the process that ends first for the cause, and ends the others.
            time.sleep(_PATIENCE)
        if in_full:
            raise
        sys.exit(1)


def explain(error: Exception) -> str | None:
    """An error in one line that a user can act on; None for a fault of the program."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        where = f" at {error.filename}" if error.filename else ""
        return (
            f"the disk is full{where} ({error.strerror}); checkpoints that were written before are "
            "whole: make room, then go on with --auto-resume"
        )
    if isinstance(error, (PermissionError, IsADirectoryError)) and error.filename:
        return f"{error.filename} cannot be used ({error.strerror}); choose another place"
    text = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
    if _WORKER_DEATH.search(text):
        killed = _WORKER_SIGNAL.search(f"{text} {error.__cause__}")
        return (
            "a data-loading process was ended from outside"
            + (f" (signal {killed.group(1)})" if killed else "")
            + "; if by the system for want of memory, lower data.workers_per_gpu or samples_per_gpu"
        )
    if isinstance(error, ModuleNotFoundError) and error.name in _FULL_INSTALLATION:
        return (
            f"this needs {error.name}, which a light installation has not: bash "
            "tools/quickstart.sh installs everything, pip install '.[train]' from a checkout too"
        )
    missing = isinstance(error, ImportError) and error.name is None  # raised here, to say the cure
    if not isinstance(error, _MISTAKES) and not missing:
        return None
    if text.startswith("Caught "):  # torch's account of an error in a loading process
        text = text.strip().splitlines()[-1].partition(": ")[2]
    # Without a blank it is no sentence of ours, but a fault of the program, shown in full.
    return text if " " in text else None


def _which_process() -> str:
    rank, size = os.environ.get("RANK"), os.environ.get("WORLD_SIZE", "1")
    return f" (process {rank} of {size})" if rank and size != "1" else ""


def _tell_torchrun(error: Exception) -> None:
    """Leave the error where torchrun looks for it, to be shown in its summary."""
    if os.environ.get("TORCHELASTIC_ERROR_FILE"):
        from torch.distributed.elastic.multiprocessing.errors import get_error_handler

        get_error_handler().record_exception(error)
