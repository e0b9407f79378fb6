"""The NAIVE block (ShuffleNetV2 unit) without splitting, concatenating or shuffling channels.

As in `lite.py` a map stays one tensor, and weights tell the halves apart: the first convolution has
columns of zeros for the passed half, the last one rows of zeros, so that its ReLU answers 0 there;
to this the passed half is added. Zeros cost multiply-adds, and save copies that cost more.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.deploy.folding import FoldedConv, fold_module
from models.deploy.form import Form
from models.deploy.order import worked_positions
from models.layers import ShuffleUnit


class NaiveUnit(nn.Module):
    """ShuffleNetV2 unit of stride 1 (section 3.1) on a whole map.

    Args:
        unit: the published form.
        order: of the channels; it stays as it is, for the channels that the published unit emits
            before its shuffle.
        form: layout.
    """

    def __init__(self, unit: ShuffleUnit, order: Tensor, form: Form) -> None:
        super().__init__()
        positions, sources = worked_positions(order)
        first, middle, last = (fold_module(conv) for conv in unit.branch2)
        half, width = len(positions), len(order)
        columns = torch.zeros(half, width, 1, 1, dtype=torch.float64)
        columns[:, positions] = first.weight[:, sources]
        rows = torch.zeros(width, half, 1, 1, dtype=torch.float64)
        rows[positions] = last.weight[sources]
        bias = torch.zeros(width, dtype=torch.float64)
        bias[positions] = last.bias[sources]
        self.convs = nn.Sequential(
            FoldedConv(columns, first.bias, activation="relu").layer(),
            middle.layer(depthwise=True),
            FoldedConv(rows, bias, activation="relu").layer(),
        )
        mask = torch.ones(width, dtype=torch.float64)
        mask[positions] = 0
        self.passed = _passing(mask, form)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return self.convs(x) + self.passed(x)


class _Mask(nn.Module):
    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask.view(1, -1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.mask


def _passing(mask: Tensor, form: Form) -> nn.Module:
    """x · mask per channel; as a convolution where products would leave the blocks of channels."""
    if form.multiple == 1:
        return _Mask(mask)
    return FoldedConv(mask.view(-1, 1, 1, 1), torch.zeros_like(mask)).layer(depthwise=True)
