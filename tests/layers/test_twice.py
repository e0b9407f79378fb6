"""One evaluation that counts twice leaves what two evaluations leave."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from models.layers import BatchNorm2d, SyncBatchNorm, counted_twice


@pytest.mark.parametrize("kind", [nn.BatchNorm2d, BatchNorm2d, SyncBatchNorm])
@pytest.mark.parametrize("momentum", [0.1, 1.0, 0.0, None])
def test_statistics_after_several_steps(kind, momentum):
    once = nn.Sequential(nn.Conv2d(3, 20, 1), kind(20, momentum=momentum), nn.ReLU()).double()
    twice = copy.deepcopy(once)
    for _ in range(3):
        x = torch.randn(2, 3, 4, 4, dtype=torch.float64)
        x = x.contiguous(memory_format=torch.channels_last)
        expected = twice(x) + twice(x)
        with counted_twice(once):
            torch.testing.assert_close(2 * once(x), expected, rtol=1e-12, atol=1e-12)
        for (name, a), (_, b) in zip(once.named_buffers(), twice.named_buffers(), strict=True):
            torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-14, msg=name)
    assert once[1].num_batches_tracked == 6
    assert once[1].momentum == momentum


def test_eval_mode_moves_nothing():
    layers = nn.Sequential(BatchNorm2d(4)).eval()
    with counted_twice(layers):
        layers(torch.randn(2, 4, 3, 3))
    assert layers[0].num_batches_tracked == 0
    assert torch.equal(layers[0].running_mean, torch.zeros(4))


def test_an_error_leaves_the_momentum():
    layers = nn.Sequential(BatchNorm2d(4))
    with pytest.raises(RuntimeError), counted_twice(layers):
        layers(torch.randn(2, 5, 3, 3))
    assert layers[0].momentum == 0.1
