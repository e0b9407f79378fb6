"""Samples → a batch, without a copy where the samples lie side by side already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmcv.parallel import collate
from torch import Tensor


def collate_batch(samples: Sequence[Any], samples_per_gpu: int = 1) -> Any:
    """mmcv's `collate`, for which arrays that make up one memory need not be stacked.

    Args:
        samples: as the data set gives them.
        samples_per_gpu: how many a device takes; decides the lists of a DataContainer.
    """
    first = samples[0]
    if not isinstance(first, Mapping):
        return collate(samples, samples_per_gpu=samples_per_gpu)
    blocks = {}
    for key in first:
        block = _block([sample[key] for sample in samples])
        if block is not None:
            blocks[key] = block
    rest = [{key: sample[key] for key in first if key not in blocks} for sample in samples]
    batch = collate(rest, samples_per_gpu=samples_per_gpu)
    return {key: blocks[key] if key in blocks else batch[key] for key in first}


def _block(rows: Sequence[Any]) -> Tensor | None:
    """The tensor whose rows these are, one behind the other in one memory; None if they are not."""
    first = rows[0]
    if isinstance(first, Tensor):
        if first.device.type != "cpu" or not all(isinstance(row, Tensor) for row in rows):
            return None
        memory = {row.untyped_storage().data_ptr() for row in rows}
        begins = [row.data_ptr() for row in rows]
        contiguous = all(row.is_contiguous() for row in rows)
        step = first.numel() * first.element_size()
    elif isinstance(first, np.ndarray) and first.base is not None:
        if not all(isinstance(row, np.ndarray) for row in rows):
            return None
        memory = {id(row.base) for row in rows}
        begins = [row.ctypes.data for row in rows]
        contiguous = all(row.flags.c_contiguous for row in rows)
        step = first.nbytes
    else:
        return None
    alike = all(row.dtype == first.dtype and row.shape == first.shape for row in rows)
    follow = step > 0 and begins == list(range(begins[0], begins[0] + step * len(rows), step))
    if not (alike and contiguous and follow and len(memory) == 1):
        return None
    if isinstance(first, Tensor):
        return first.as_strided((len(rows), *first.shape), (first.numel(), *first.stride()))
    shape, strides = (len(rows), *first.shape), (step, *first.strides)
    return torch.from_numpy(np.lib.stride_tricks.as_strided(first, shape, strides))
