"""Channel shuffle by hand."""

from __future__ import annotations

import pytest
import torch

from models.layers import ShuffleUnit, shuffle_halves

LAYOUTS = [torch.contiguous_format, torch.channels_last]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_halves_interleave(layout):
    x = torch.arange(6.0).view(1, 6, 1, 1).expand(1, 6, 2, 3).contiguous(memory_format=layout)
    shuffled = shuffle_halves(*x.chunk(2, dim=1))
    assert shuffled[0, :, 1, 2].tolist() == [0, 3, 1, 4, 2, 5]
    assert shuffled.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_is_concatenation_and_transposition(layout):
    first, second = (torch.randn(2, 4, 5, 6).contiguous(memory_format=layout) for _ in range(2))
    groups = torch.cat([first, second], dim=1).view(2, 2, 4, 5, 6)
    assert torch.equal(shuffle_halves(first, second), groups.transpose(1, 2).reshape(2, 8, 5, 6))


def test_unit_passes_the_first_half():
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(ShuffleUnit(8)(x)[:, 0::2], x[:, :4])
