"""Rows of one memory become a batch without a copy; anything else is stacked."""

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer

from models.datasets.collate import collate_batch


def samples(values):
    return [{"x": v, "facts": DataContainer({"i": i}, cpu_only=True)} for i, v in enumerate(values)]


@pytest.mark.parametrize("make", [torch.arange, np.arange])
def test_rows_are_not_copied(make):
    rows = make(24).reshape(4, 2, 3)
    batch = collate_batch(samples(rows), 2)
    assert torch.equal(batch["x"], torch.as_tensor(rows))
    assert batch["x"].data_ptr() == torch.as_tensor(rows).data_ptr()
    assert batch["facts"].data == [[{"i": 0}, {"i": 1}], [{"i": 2}, {"i": 3}]]


@pytest.mark.parametrize("make", [torch.arange, np.arange])
@pytest.mark.parametrize("order", [[1, 0, 2], [0, 1, 1], [0, 2, 3], [3, 2, 1]])
def test_other_orders_are_stacked(make, order):
    rows = make(24).reshape(4, 2, 3)
    batch = collate_batch(samples([rows[i] for i in order]), 3)
    assert torch.equal(batch["x"], torch.as_tensor(rows)[order])


def test_neighbours_by_chance_and_other_strides_are_stacked():
    memory = memoryview(bytearray(12))  # four owners, of which each keeps its part alive
    apart = [np.frombuffer(memory[i : i + 3], np.uint8) for i in range(0, 12, 3)]
    stacked = collate_batch(samples(apart), 4)["x"]
    assert stacked.shape == (4, 3)
    assert stacked.data_ptr() != apart[0].ctypes.data
    columns = np.arange(12).reshape(3, 4).T
    assert torch.equal(collate_batch(samples(columns), 4)["x"], torch.as_tensor(columns.copy()))
    mixed = [np.zeros(3), torch.zeros(3)]
    assert collate_batch(samples(mixed[:1] * 2), 2)["x"].shape == (2, 3)


def test_samples_that_are_no_dicts():
    assert collate_batch([1, 2, 3]).tolist() == [1, 2, 3]
