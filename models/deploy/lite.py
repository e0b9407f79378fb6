"""The LITE block without splitting, concatenating or shuffling channels.

A block passes half of the channels on and works on the other half; a shuffle then interleaves them.
As published that is three copies of every map. Here every map stays where it is, as one tensor with
all its channels, and the halves are told apart by weights:

- The depthwise kernel of a passed channel is a one in the middle: 1·x + 0 + … + 0 = x.
- Its gates are sigmoid(100), which is 1 in every floating-point format.
- The 1×1 convolutions that make the gates have columns of zeros for it.

The scale of spatial weighting is one factor per channel, and what follows it is an average pool and
the next block's gate, both linear in the channel. So it is not applied to the large maps: it is
handed on, and goes into the pooled maps and the next gate. The next block's pooled maps also serve
for the global mean of this one: equal squares, so the mean of means is the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.deploy.folding import FoldedConv, fold_module
from models.deploy.form import Form
from models.deploy.order import natural_order, worked_positions
from models.layers import ConditionalChannelWeighting

ALWAYS_ONE = 100.0
"""The sigmoid of it is 1, rounded: exp(−100) < 2⁻¹⁴⁴."""


class Branches(NamedTuple):
    """What a block hands to the next.

    Attributes:
        maps: per branch (B, C, H, W), to be multiplied by `scales`.
        pooled: per branch (B, C, h, w), the same at the size of the smallest.
        scales: per branch a factor for each channel; None is 1.
    """

    maps: list[Tensor]
    pooled: list[Tensor]
    scales: list[Tensor] | None


def enter(maps: Sequence[Tensor]) -> Branches:
    """Maps as the first block of a module takes them."""
    return Branches(list(maps), _pool(maps), None)


class LiteBlock(nn.Module):
    """Conditional channel weighting (section 3.2) on whole maps.

    Args:
        block: the published form.
        orders: order of the channels of each branch; it stays as it is, for the channels that the
            published block emits before its shuffle.
        form: layout.
    """

    def __init__(
        self, block: ConditionalChannelWeighting, orders: Sequence[Tensor], form: Form
    ) -> None:
        super().__init__()
        self.form = form
        worked = [worked_positions(order) for order in orders]
        widths = [len(order) for order in orders]
        self.depthwise = nn.ModuleList(
            _passing_depthwise(fold_module(conv), positions, sources, width)
            for conv, (positions, sources), width in zip(
                block.depthwise_convs, worked, widths, strict=True
            )
        )
        # Both weightings are two 1×1 convolutions over the channels of all branches. That of the
        # cross-resolution weighting is dense, those of spatial weighting have a block per branch.
        cross = block.cross_resolution_weighting
        first, second = fold_module(cross.conv1), fold_module(cross.conv2)
        halves = [len(positions) for positions, _ in worked]
        columns = first.weight.split(halves, dim=1)
        rows = zip(second.weight.split(halves), second.bias.split(halves), strict=True)
        self.cross_squeeze = _squeeze([(columns, first.bias)], worked, widths, form.multiple)
        self.cross_gates = nn.ModuleList(
            _gate(weight, bias, *places, width, 0, len(first.bias), form.multiple)
            for (weight, bias), places, width in zip(rows, worked, widths, strict=True)
        )
        squeezes = [fold_module(s.conv1) for s in block.spatial_weighting]
        middles = [len(s.bias) for s in squeezes]
        self.spatial_squeeze = _squeeze(
            [
                ([s.weight if i == j else None for j in range(len(squeezes))], s.bias)
                for i, s in enumerate(squeezes)
            ],
            worked,
            widths,
            form.multiple,
        )
        self.spatial_gates = nn.ModuleList(
            _gate(
                gate.weight,
                gate.bias,
                *worked[i],
                widths[i],
                sum(middles[:i]),
                sum(middles),
                form.multiple,
            )
            for i, gate in enumerate(fold_module(s.conv2) for s in block.spatial_weighting)
        )

    def forward(self, branches: Branches) -> Branches:
        """One block; see `Branches`."""
        maps, pooled, scales = branches
        if scales is not None:
            pooled = [p * s for p, s in zip(pooled, scales, strict=True)]
        squeezed = self.cross_squeeze(torch.cat(pooled, dim=1))
        gates = [gate(squeezed) for gate in self.cross_gates]
        if scales is not None:
            gates = [g * s for g, s in zip(gates, scales, strict=True)]
        top = len(maps) - 1
        maps = [
            conv(self.form.spread(x, gate, top - i))
            for i, (conv, x, gate) in enumerate(zip(self.depthwise, maps, gates, strict=True))
        ]
        pooled = _pool(maps)
        means = [F.adaptive_avg_pool2d(p, 1) for p in pooled]
        squeezed = self.spatial_squeeze(torch.cat(means, dim=1))
        scales = [self.form.per_channel(gate(squeezed), top) for gate in self.spatial_gates]
        return Branches(maps, pooled, scales)


def _pool(maps: Sequence[Tensor]) -> list[Tensor]:
    """Every map at the size of the smallest, whose squares are equal: heights are halved."""
    top = len(maps) - 1
    return [F.avg_pool2d(x, 2 ** (top - i)) if i < top else x for i, x in enumerate(maps)]


def _passing_depthwise(
    folded: FoldedConv, positions: Tensor, sources: Tensor, width: int
) -> nn.Module:
    """The depthwise convolution of the worked channels, and one that does nothing of the others."""
    weight = torch.zeros(width, 1, 3, 3, dtype=torch.float64)
    weight[:, 0, 1, 1] = 1
    bias = torch.zeros(width, dtype=torch.float64)
    weight[positions] = folded.weight[sources]
    bias[positions] = folded.bias[sources]
    return FoldedConv(weight, bias).layer(depthwise=True)


def _squeeze(
    groups: Sequence[tuple[Sequence[Tensor | None], Tensor]],
    worked: Sequence[tuple[Tensor, Tensor]],
    widths: Sequence[int],
    multiple: int,
) -> nn.Module:
    """The first 1×1 convolution of a weighting, over the whole maps of all branches.

    Args:
        groups: groups of outputs, each with one weight per branch (None: not read) and a bias.
        worked: per branch positions and sources of its worked channels.
        widths: channels of each whole map.
        multiple: outputs are filled up to it.
    """
    bias = torch.cat([bias for _, bias in groups])
    weight = torch.zeros(len(bias), sum(widths), 1, 1, dtype=torch.float64)
    row = 0
    for parts, part_bias in groups:
        column = 0
        for part, (positions, sources), width in zip(parts, worked, widths, strict=True):
            if part is not None:
                weight[row : row + len(part_bias), column + positions] = part[:, sources]
            column += width
        row += len(part_bias)
    return (
        FoldedConv(weight, bias, activation="relu")
        .outputs(natural_order(len(bias), multiple))
        .layer()
    )


def _gate(
    weight: Tensor,
    bias: Tensor,
    positions: Tensor,
    sources: Tensor,
    width: int,
    begin: int,
    middle: int,
    multiple: int,
) -> nn.Module:
    """The second 1×1 convolution of a weighting for one branch: gates of its whole map.

    Args:
        weight: (C/2, m, 1, 1) of the published convolution.
        bias: (C/2,).
        positions: of the worked channels.
        sources: of the worked channels.
        width: channels of the whole map.
        begin: first of the m squeezed channels that it reads.
        middle: number of squeezed channels.
        multiple: squeezed channels are filled up to it.
    """
    gates = torch.zeros(width, middle, 1, 1, dtype=torch.float64)
    gates[positions, begin : begin + weight.shape[1]] = weight[sources]
    gate_bias = torch.full((width,), ALWAYS_ONE, dtype=torch.float64)
    gate_bias[positions] = bias[sources]
    return (
        FoldedConv(gates, gate_bias, activation="sigmoid")
        .inputs(natural_order(middle, multiple))
        .layer()
    )
