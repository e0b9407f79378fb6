"""The run folder: which checkpoint to go on from, and none ever written over."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import platform
import time
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from models.runtime.checkpoint import read_checkpoint
from models.runtime.files import point, sweep

logger = logging.getLogger(__name__)

LATEST = "latest.pth"
LOCK = ".lock"


def hold(
    work_dir: str | os.PathLike, patience: float = 60, what: str = "run folder"
) -> IO[str] | None:
    """Make sure that no other process writes to a folder, for as long as the result is kept.

    The lock is the process's own and ends with it, however it ends. A run whose launcher was killed
    may take a moment to notice; it is waited for.

    Args:
        work_dir: the folder; exists.
        patience: seconds to wait.
        what: it is, for messages.

    Returns:
        The open lock file, or None on a file system without locks.

    Raises:
        ValueError: another process still writes there.
    """
    file = open(Path(work_dir) / LOCK, "a+", encoding="utf-8")  # noqa: SIM115, is to stay open
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if error.errno not in (errno.EACCES, errno.EAGAIN):
                file.close()
                return None
        file.seek(0)
        holder = file.read().strip() or "unknown"
        if time.monotonic() > end:
            file.close()
            raise ValueError(
                f"{what} {work_dir} is in use by another run ({holder}); end that one or give "
                "another folder"
            )
        logger.warning("Waiting for the run that writes to %s (%s)", work_dir, holder)
        time.sleep(min(5, patience))
    file.truncate(0)
    file.write(f"process {os.getpid()} on {platform.node()}\n")
    file.flush()
    return file


def find_resumable(work_dir: str | os.PathLike) -> Path | None:
    """The newest checkpoint of a folder that is whole and holds the state of a run.

    The one that `latest.pth` points to goes first, then the others by their time of writing. What
    cannot be used is warned of.

    Returns:
        A file, not the link; None where there is nothing to go on from.
    """
    work_dir = Path(work_dir).resolve()
    candidates = sorted(
        _checkpoints(work_dir), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True
    )
    latest = work_dir / LATEST
    if latest.exists():
        candidates.insert(0, latest.resolve())
    elif latest.is_symlink():
        logger.warning("%s points to a file that is gone", latest)
    tried = set()
    for path in candidates:
        if path in tried:
            continue
        tried.add(path)
        try:
            content = read_checkpoint(path)
        except ValueError as error:
            logger.warning("%s; an older one is tried", error)
            continue
        if _is_resumable(content):
            return path
    return None


def resumable_beside(path: str | os.PathLike, trust: bool = False) -> Path:
    """The file that `--resume-from` means.

    `latest.pth` stands for the newest usable checkpoint of its folder, so a damaged one is warned
    of and the one before is taken; any other name means that very file. `trust`: see
    `read_checkpoint`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, and there is nothing else to take.
    """
    path = Path(path)
    try:
        read_checkpoint(path, trust)
        return path.resolve()
    except (ValueError, FileNotFoundError):  # damaged, or a link to a file that is gone
        other = find_resumable(path.parent) if path.name == LATEST else None
        if other is None:
            raise
        return other


def start_anew(work_dir: str | os.PathLike) -> Path | None:
    """Make a run folder ready for a new run: checkpoints of an earlier one are moved aside.

    Returns:
        The sub-folder that they were moved to, named after their last writing, or None.
    """
    sweep(work_dir, ".pth")
    work_dir = Path(work_dir).resolve()
    return _move_aside(work_dir, _checkpoints(work_dir))


def go_on_from(
    checkpoint: str | os.PathLike, work_dir: str | os.PathLike, trust: bool = False
) -> Path | None:
    """Make a run folder ready for going on from a checkpoint.

    Checkpoints that the run will come to write again are moved aside: those in the folder with
    more iterations, the damaged ones, and all if `checkpoint` lies elsewhere.

    Returns:
        The sub-folder that they were moved to, or None.
    """
    work_dir, checkpoint = Path(work_dir).resolve(), Path(checkpoint).resolve()
    sweep(work_dir, ".pth")
    found = _checkpoints(work_dir)
    if checkpoint.parent != work_dir:
        return _move_aside(work_dir, found)
    done = _iterations(checkpoint, trust)
    later = [path for path in found if path != checkpoint and _iterations(path) > done]
    aside = _move_aside(work_dir, later)
    point(work_dir / LATEST, checkpoint.name)
    return aside


def _checkpoints(work_dir: Path) -> list[Path]:
    """The checkpoint files of a folder, without links and half-written ones."""
    return [p for p in sorted(work_dir.glob("[!.]*.pth")) if p.is_file() and not p.is_symlink()]


def _iterations(path: Path, trust: bool = False) -> float:
    """How far a checkpoint's run had come; a damaged one counts as endlessly far."""
    try:
        return read_checkpoint(path, trust).get("meta", {}).get("iter", 0)
    except ValueError:
        return float("inf")


def _is_resumable(content: dict[str, Any]) -> bool:
    meta = content.get("meta") or {}
    return "optimizer" in content and "epoch" in meta and "iter" in meta


def _move_aside(work_dir: Path, checkpoints: Iterable[Path]) -> Path | None:
    checkpoints = list(checkpoints)
    latest = work_dir / LATEST
    if latest.is_symlink() and (not latest.exists() or latest.resolve() in checkpoints):
        checkpoints.append(latest)
    if not checkpoints:
        return None
    written = max(path.lstat().st_mtime for path in checkpoints)
    stem = time.strftime("earlier_%Y%m%d_%H%M%S", time.localtime(written))
    aside, number = work_dir / stem, 1
    while aside.exists():
        number += 1
        aside = work_dir / f"{stem}_{number}"
    aside.mkdir()
    for path in checkpoints:
        path.rename(aside / path.name)
    return aside
