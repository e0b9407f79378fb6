"""Files that are whole or not there: written beside their place, then moved into it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`; on success it is synced and becomes `path`.

    After an exception the temporary file is removed and an older `path` is as it was. Missing
    parent folders are made.

    Raises:
        OSError: the folder cannot be written, or the disk is full.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        publish(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def publish(temporary: str | os.PathLike, path: str | os.PathLike) -> None:
    """Give a finished file its name, with what it holds safe on the disk before."""
    with open(temporary, "rb") as f:
        os.fsync(f.fileno())
    os.chmod(temporary, 0o666 & ~_umask())
    os.replace(temporary, path)
    _sync_folder(Path(path).parent)


def check_writable(folder: str | os.PathLike) -> None:
    """Make a folder if need be, and make sure that files can be written there.

    Raises:
        OSError: they cannot.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    tempfile.TemporaryFile(dir=folder).close()


def point(link: str | os.PathLike, target: str) -> None:
    """Make `link` a symbolic link to a file beside it, in one step; a copy where links cannot be.

    Args:
        link: the name that points.
        target: name of the file, without folder.
    """
    link = Path(link)
    temporary = link.with_name(f".{link.name}.{os.getpid()}{link.suffix}")
    temporary.unlink(missing_ok=True)
    try:
        temporary.symlink_to(target)
    except OSError:  # some network and exchange file systems have no links
        shutil.copyfile(link.with_name(target), temporary)
    os.replace(temporary, link)
    _sync_folder(link.parent)


def sweep(folder: str | os.PathLike, suffix: str) -> None:
    """Remove the temporary files that killed processes left in a folder."""
    for path in Path(folder).glob(f".*{suffix}.*{suffix}"):
        path.unlink(missing_ok=True)


def dump_json(obj: Any, path: str | os.PathLike, **kwargs: Any) -> None:
    """Write `obj` as json, atomically; NumPy numbers and arrays become numbers and lists."""
    with atomic_write(path) as temporary, open(temporary, "w", encoding="utf-8") as f:
        # `dumps` takes the compiled encoder, `dump` one in Python: same text, five times the time
        f.write(json.dumps(obj, default=_plain, **kwargs))


def set_aside(*paths: str | os.PathLike) -> Path | None:
    """Rename an existing file after its time of writing, so that a new one does not replace it.

    Args:
        paths: the file; further ones belong to it, and get the same addition to their names: behind
            the first one's stem where they begin with it.

    Returns:
        The new name of the first that exists, or None where there is none.
    """
    existing = [path for path in map(Path, paths) if path.exists()]
    if not existing:
        return None
    stamp = time.strftime("%Y%m%d_%H%M%S", time.localtime(existing[0].stat().st_mtime))
    stem = Path(paths[0]).stem
    addition, number = stamp, 1
    while any(_with_addition(path, stem, addition).exists() for path in existing):
        number += 1
        addition = f"{stamp}_{number}"
    for path in existing:
        path.rename(_with_addition(path, stem, addition))
    return _with_addition(existing[0], stem, addition)


def _with_addition(path: Path, stem: str, addition: str) -> Path:
    if not path.name.startswith(f"{stem}."):
        stem = path.stem
    return path.with_name(f"{stem}_{addition}{path.name[len(stem) :]}")


def load_json(path: str | os.PathLike, what: str = "json file") -> Any:
    """Read a json file.

    Args:
        path: the file.
        what: what it is to the user, for the error ("annotation file", "detection file").

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not valid json; names the line and the cure.
    """
    try:
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        raise FileNotFoundError(f"{what} {path} does not exist; check the path") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{what} {path} is not valid json ({error}); it may be cut short: fetch it anew"
        ) from None


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} cannot be written as json")


def _sync_folder(folder: Path) -> None:
    """Let the name of a new file outlive a power cut, as `fsync` does its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:  # not every file system knows how
        pass
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
