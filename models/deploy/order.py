"""Which channel of the published network stands where in the inference form.

An *order* is an integer tensor: entry p is the published ("logical") channel at position p of a
map, or -1 for a channel that only fills up. Shuffles change the order and move nothing; the weights
of the next convolution are taken in that order when the form is built.
"""

from __future__ import annotations

import torch
from torch import Tensor

FILLER = -1


def natural_order(channels: int, multiple: int = 1) -> Tensor:
    """0 … C − 1, filled up to a multiple of `multiple`."""
    padded = -(-channels // multiple) * multiple
    return torch.cat([torch.arange(channels), torch.full((padded - channels,), FILLER)])


def num_channels(order: Tensor) -> int:
    """How many channels of the published network an order holds."""
    return int((order != FILLER).sum())


def shuffled(order: Tensor) -> Tensor:
    """The order after a channel shuffle of two groups: channel l becomes 2l, or 2(l − C/2) + 1."""
    half = num_channels(order) // 2
    moved = torch.where(order < half, 2 * order, 2 * (order - half) + 1)
    return torch.where(order == FILLER, order, moved)


def arranged(weight: Tensor, order: Tensor, dim: int) -> Tensor:
    """A weight's logical channels along `dim`, arranged in an order; zeros for fillers."""
    taken = weight.index_select(dim, order.clamp(min=0))
    return taken.index_fill(dim, torch.nonzero(order == FILLER).flatten(), 0)


def worked_positions(order: Tensor) -> tuple[Tensor, Tensor]:
    """Where the second half of the channels stands, which a block works on.

    Returns:
        positions (C/2,) and the channel's number (C/2,) within that half, at each of them.
    """
    half = num_channels(order) // 2
    positions = torch.nonzero(order >= half).flatten()
    return positions, order[positions] - half
