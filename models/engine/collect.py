"""Bringing what several processes have into the first one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from mmcv.runner import get_dist_info

from models.runtime.dist import gather, share
from models.runtime.files import dump_json, load_json


def collect(part: Any, tmpdir: str | None = None, gpu_collect: bool = False) -> list[Any] | None:
    """Gather a value of every process; all must call this together.

    Args:
        part: this process's: arrays and plain values.
        tmpdir: a folder that all processes see, through which json files are passed; by default
            one under the system's temporary folder, on one machine. Arrays arrive as lists.
        gpu_collect: pass them through the process group instead.

    Returns:
        The values in the first process, in the order of the processes; None in the others.

    Raises:
        FileNotFoundError: the processes do not share `tmpdir`.
    """
    if get_dist_info()[1] == 1:
        return [part]
    return gather(part) if gpu_collect else _through_files(part, tmpdir)


def _through_files(part: Any, tmpdir: str | None) -> list[Any] | None:
    rank, world_size = get_dist_info()
    folder = None
    try:
        if rank == 0:
            if tmpdir:
                Path(tmpdir).mkdir(parents=True, exist_ok=True)
            folder = tempfile.mkdtemp(prefix="test_parts_", dir=tmpdir)
        name = share(folder)
        if not Path(name).is_dir():
            raise FileNotFoundError(
                f"{name} is not on the machine of process {rank}; give --tmpdir a folder that all "
                "machines share, or use --gpu_collect"
            )
        dump_json(part, Path(name) / f"part_{rank}.json")
        gather(None)  # all have written
        if rank > 0:
            return None
        return [load_json(Path(name) / f"part_{i}.json") for i in range(world_size)]
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
