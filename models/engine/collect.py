"""Bringing the results of several processes together in the first one."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch.distributed as dist
from mmcv.runner import get_dist_info

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
        All batches in the first process, in no order (boxes carry their ids and may be there
        twice); None in the others.
    """
    rank, world_size = get_dist_info()
    if world_size == 1:
        return results
    if gpu_collect:
        parts = [None] * world_size if rank == 0 else None
        dist.gather_object(results, parts, dst=0)
    else:
        parts = _through_files(results, tmpdir, rank, world_size)
    return None if parts is None else [batch for part in parts for batch in part]


def _through_files(
    results: list[dict[str, Any]], tmpdir: str | None, rank: int, world_size: int
) -> list[list[dict[str, Any]]] | None:
    shared = [None]
    if rank == 0:
        if tmpdir:
            Path(tmpdir).mkdir(parents=True, exist_ok=True)
        shared = [tempfile.mkdtemp(prefix="test_parts_", dir=tmpdir)]
    dist.broadcast_object_list(shared, src=0)
    folder = Path(shared[0])
    try:
        dump_json(results, folder / f"part_{rank}.json")
        dist.barrier()
        if rank == 0:
            return [load_json(folder / f"part_{i}.json") for i in range(world_size)]
        return None
    finally:
        if rank == 0:
            shutil.rmtree(folder, ignore_errors=True)
