"""One module of a stage: parallel branches, then the exchange between all resolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import Tensor, nn

from models.layers import (
    ConditionalChannelWeighting,
    ShuffleUnit,
    add_upsampled,
    counted_twice,
    depthwise_pointwise,
)

#: the kinds of block a stage can be made of
MODULE_TYPES = ("LITE", "NAIVE")


class LiteHRModule(nn.Module):
    """`num_blocks` blocks on every branch and a fuse layer from every branch to every other.

    Args:
        channels: channels of each branch, highest resolution first.
        num_blocks: blocks before the exchange.
        module_type: LITE (conditional channel weighting) or NAIVE (ShuffleNetV2 units).
        reduce_ratio: bottleneck ratio of LITE's cross-resolution weighting; NAIVE has none.
        with_fuse: whether the branches exchange.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
        with_cp: trade time for memory by recomputing activations in the backward pass.

    Attributes:
        literal: whether the fuse layers run call by call as in the published code, some of them
            twice. The results are the same; this is for counting what the published code executes.

    Raises:
        ValueError: unknown `module_type`.
    """

    literal = False

    def __init__(
        self,
        channels: Sequence[int],
        num_blocks: int,
        module_type: str,
        reduce_ratio: int = 8,
        with_fuse: bool = True,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.module_type = module_type
        self.with_fuse = with_fuse
        common = {"conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
        if module_type == "LITE":
            self.layers = nn.Sequential(
                *(
                    ConditionalChannelWeighting(channels, reduce_ratio, with_cp=with_cp, **common)
                    for _ in range(num_blocks)
                )
            )
        elif module_type == "NAIVE":
            self.layers = nn.ModuleList(
                nn.Sequential(
                    *(ShuffleUnit(c, with_cp=with_cp, **common) for _ in range(num_blocks))
                )
                for c in channels
            )
        else:
            raise ValueError(
                f"module_type '{module_type}' is unknown; use one of {', '.join(MODULE_TYPES)}"
            )
        self.relu = nn.ReLU()
        if with_fuse:
            self.fuse_layers = _fuse_layers(channels, **common)

    def forward(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → (B, Cᵢ, Hᵢ, Wᵢ), highest resolution first."""
        if self.module_type == "LITE":
            branches = self.layers(branches)
        else:
            branches = [blocks(x) for blocks, x in zip(self.layers, branches, strict=True)]
        if not self.with_fuse:
            return list(branches)
        if self.literal or torch.compiler.is_compiling():
            return self._fuse_literally(branches)
        return self._fuse(branches)

    def _fuse(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Sum over all branches at every resolution, with the published code's quirk.

        HRNet's rule is yᵢ = Σⱼ fᵢⱼ(xⱼ). The published code adds j = 0 twice in every row, and its
        in-place sum overwrites x₀ with y₀ (before the ReLU), so all later rows read y₀:

            y₀ = 2·x₀ + Σ_{j>0} f₀ⱼ(xⱼ)
            yᵢ = 2·fᵢ₀(y₀) + xᵢ + Σ_{0<j≠i} fᵢⱼ(xⱼ)

        Published weights depend on it. There, fᵢ₀ really is evaluated twice, and in training its
        batch norms move their running statistics twice a step. Here it is evaluated once and its
        statistics are moved as far, which `counted_twice` shows to be the same.
        """
        first = self._add_lower(branches, 0, factor=2.0)
        sums = [first]
        for i, row in enumerate(list(self.fuse_layers)[1:], 1):
            total = self._add_lower(branches, i)
            with counted_twice(row[0]):
                total = torch.add(total, row[0](first), alpha=2.0)
            for j in range(1, i):
                total = total + row[j](branches[j])
            sums.append(total)
        # y₀ is still needed for the gradients of the fᵢ₀; the other sums become what is returned.
        return [torch.relu(first), *(torch.relu_(total) for total in sums[1:])]

    def _add_lower(self, branches: Sequence[Tensor], i: int, factor: float = 1.0) -> Tensor:
        """`factor`·xᵢ + Σ_{j>i} fᵢⱼ(xⱼ).

        fᵢⱼ ends with nearest upsampling to the size of xᵢ. Upsampling by 4 is upsampling by 2,
        twice, and upsampling a sum is summing what is upsampled; so the sum is formed from the
        lowest resolution up, and only one map is added at the size of xᵢ.
        """
        lower = None
        for layer, source in zip(self.fuse_layers[i][:i:-1], branches[:i:-1], strict=True):
            conv, norm, _ = layer
            projected = norm(conv(source))
            lower = projected if lower is None else add_upsampled(projected, lower)
        if lower is None:
            return branches[i] * factor
        return add_upsampled(branches[i], lower, factor)

    def _fuse_literally(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """What `_fuse` computes, layer by layer as the published code does."""
        first = branches[0] + branches[0]
        for j in range(1, len(branches)):
            first = first + self.fuse_layers[0][j](branches[j])
        sources = [first, *branches[1:]]
        sums = [first]
        for row in list(self.fuse_layers)[1:]:
            total = row[0](first)
            for layer, source in zip(row, sources, strict=True):
                total = total + layer(source)
            sums.append(total)
        return [self.relu(x) for x in sums]


def _fuse_layers(
    channels: Sequence[int], conv_cfg: Mapping[str, Any] | None, norm_cfg: Mapping[str, Any]
) -> nn.ModuleList:
    """`layers[i][j]` takes branch j to the size and width of branch i (section 3.1, figure 2)."""
    return nn.ModuleList(
        nn.ModuleList(
            _upward(channels[j], channels[i], j - i, conv_cfg, norm_cfg)
            if j > i
            else nn.Identity()
            if j == i
            else _downward(channels[j], channels[i], i - j, conv_cfg, norm_cfg)
            for j in range(len(channels))
        )
        for i in range(len(channels))
    )


def _upward(
    in_channels: int,
    out_channels: int,
    levels: int,
    conv_cfg: Mapping[str, Any] | None,
    norm_cfg: Mapping[str, Any],
) -> nn.Sequential:
    return nn.Sequential(
        build_conv_layer(conv_cfg, in_channels, out_channels, kernel_size=1, bias=False),
        build_norm_layer(norm_cfg, out_channels)[1],
        nn.Upsample(scale_factor=2**levels, mode="nearest"),
    )


def _downward(
    in_channels: int,
    out_channels: int,
    levels: int,
    conv_cfg: Mapping[str, Any] | None,
    norm_cfg: Mapping[str, Any],
) -> nn.Sequential:
    common = {"stride": 2, "conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
    halvings = [
        depthwise_pointwise(in_channels, in_channels, relu=True, **common)
        for _ in range(levels - 1)
    ]
    return nn.Sequential(
        *halvings, depthwise_pointwise(in_channels, out_channels, relu=False, **common)
    )
