"""One module of a stage: parallel branches, then the exchange between all resolutions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import Tensor, nn

from models.layers import ConditionalChannelWeighting, ShuffleUnit, depthwise_pointwise

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

    Raises:
        ValueError: unknown `module_type`.
    """

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
        return self._fuse(branches) if self.with_fuse else list(branches)

    def _fuse(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Sum over all branches at every resolution, with the published code's quirk.

        HRNet's rule is yᵢ = Σⱼ fᵢⱼ(xⱼ). The published code adds j = 0 twice in every row, and its
        in-place sum overwrites x₀ with y₀ (before the ReLU), so all later rows read y₀:

            y₀ = 2·x₀ + Σ_{j>0} f₀ⱼ(xⱼ)
            yᵢ = 2·fᵢ₀(y₀) + xᵢ + Σ_{0<j≠i} fᵢⱼ(xⱼ)

        Published weights depend on it. fᵢ₀ really is evaluated twice: in training its batch norms
        move their running statistics twice a step, as they did.
        """
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
