"""Channel shuffle by hand."""

from __future__ import annotations

import torch

from models.layers import channel_shuffle


def test_two_groups_interleave():
    x = torch.arange(6.0).view(1, 6, 1, 1).expand(1, 6, 2, 3)
    assert channel_shuffle(x)[0, :, 0, 0].tolist() == [0, 3, 1, 4, 2, 5]


def test_three_groups():
    x = torch.arange(6.0).view(1, 6, 1, 1)
    assert channel_shuffle(x, groups=3).flatten().tolist() == [0, 2, 4, 1, 3, 5]
