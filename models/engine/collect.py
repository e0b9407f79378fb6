"""Bringing the results of several processes together in the first one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from mmcv.runner import get_dist_info

from models.runtime.dist import gather, share
from models.runtime.files import dump_json, load_json


def collect_results(
    results: list[dict[str, Any]], tmpdir: str | None = None, gpu_collect: bool = False
) -> list[dict[str, Any]] | None:
    """Gather every process's batches.

    Args:
        results: this process's batches, from `run_test`.
        tmpdir: a folder that all processes see, through which json files are passed; by default
            one under the system's temporary folder, on one machine.
        gpu_collect: pass them through the process group instead.

    Returns:
        All batches in the first process, those of one process after those of another; None in the
        others.

    Raises:
        FileNotFoundError: the processes do not share `tmpdir`.
    """
    if get_dist_info()[1] == 1:
        return results
    parts = gather(results) if gpu_collect else _through_files(results, tmpdir)
    return None if parts is None else [batch for part in parts for batch in part]


def _through_files(
    results: list[dict[str, Any]], tmpdir: str | None
) -> list[list[dict[str, Any]]] | None:
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
        dump_json(results, Path(name) / f"part_{rank}.json")
        gather(None)  # all have written
        if rank > 0:
            return None
        return [load_json(Path(name) / f"part_{i}.json") for i in range(world_size)]
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
