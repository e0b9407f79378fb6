"""The stem: four times smaller in each direction, by one convolution and one shuffle unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from models.layers import checkpoint, shuffle_halves


class Stem(nn.Module):
    """3×3 stride 2, then a ShuffleNetV2 unit of stride 2 (section 3.3, table 1).

    Args:
        in_channels: of the image.
        stem_channels: after the first convolution; even.
        out_channels: of the stem.
        expand_ratio: widening of the second half between its two 1×1 convolutions.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
        with_cp: trade time for memory by recomputing activations in the backward pass.
    """

    #: image pixels per pixel of its map
    stride = 4

    def __init__(
        self,
        in_channels: int,
        stem_channels: int,
        out_channels: int,
        expand_ratio: float,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        self.out_channels = out_channels
        common = {"conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
        half = stem_channels // 2
        middle = round(stem_channels * expand_ratio)
        second = half if stem_channels == out_channels else stem_channels
        first = out_channels - second

        self.conv1 = ConvModule(in_channels, stem_channels, 3, stride=2, padding=1, **common)
        self.branch1 = nn.Sequential(
            ConvModule(half, half, 3, stride=2, padding=1, groups=half, act_cfg=None, **common),
            ConvModule(half, first, 1, **common),
        )
        self.expand_conv = ConvModule(half, middle, 1, **common)
        self.depthwise_conv = ConvModule(
            middle, middle, 3, stride=2, padding=1, groups=middle, act_cfg=None, **common
        )
        self.linear_conv = ConvModule(middle, second, 1, **common)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) → (B, C, H/4, W/4)."""
        # The image needs no gradient, so the parameters decide whether there is a backward pass.
        if self.with_cp and torch.is_grad_enabled() and self.training:
            return checkpoint(self._run, self, x)
        return self._run(x)

    def _run(self, x: Tensor) -> Tensor:
        first, second = self.conv1(x).chunk(2, dim=1)
        second = self.linear_conv(self.depthwise_conv(self.expand_conv(second)))
        first = self.branch1(first)
        if first.shape[1] != second.shape[1]:
            # What is shuffled are halves of both together, wherever one ends and the other begins.
            first, second = torch.cat([first, second], dim=1).chunk(2, dim=1)
        return shuffle_halves(first, second)
