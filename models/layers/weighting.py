"""Conditional channel weighting, what Lite-HRNet puts in place of 1×1 convolutions (section 3.2).

Cross-resolution weighting lets all resolutions decide on the weight of every channel at every
position of the smallest map; spatial weighting decides on every channel from its own mean. Both
cost time linear in the number of channels, where the replaced convolution is quadratic.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from models.layers.checkpointing import checkpoint
from models.layers.resolution import weigh
from models.layers.shuffle import shuffle_halves


class SpatialWeighting(nn.Module):
    """Squeeze-and-excitation: global mean → 1×1 ReLU → 1×1 sigmoid → weights (section 3.2).

    Args:
        channels: C.
        ratio: the bottleneck has C/`ratio` channels.
        conv_cfg: mmcv convolution config; None is Conv2d.
    """

    def __init__(
        self, channels: int, ratio: int = 4, conv_cfg: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__()
        middle = channels // ratio
        self.global_avgpool = nn.AdaptiveAvgPool2d(1)
        # Without a norm, ConvModule gives both convolutions a bias, as published.
        self.conv1 = ConvModule(channels, middle, 1, conv_cfg=conv_cfg, act_cfg={"type": "ReLU"})
        self.conv2 = ConvModule(middle, channels, 1, conv_cfg=conv_cfg, act_cfg={"type": "Sigmoid"})

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        return x * self.conv2(self.conv1(self.global_avgpool(x)))


class CrossResolutionWeighting(nn.Module):
    """Weights for all resolutions from all resolutions (section 3.2, equation 4).

    Args:
        channels: channels of each branch, highest resolution first.
        ratio: the bottleneck has int(sum of channels / `ratio`) channels.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
    """

    def __init__(
        self,
        channels: Sequence[int],
        ratio: int = 8,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
    ) -> None:
        super().__init__()
        self.channels = list(channels)
        total = sum(channels)
        middle = int(total / ratio)
        common = {"conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
        self.conv1 = ConvModule(total, middle, 1, act_cfg={"type": "ReLU"}, **common)
        self.conv2 = ConvModule(middle, total, 1, act_cfg={"type": "Sigmoid"}, **common)

    def forward(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → (B, Cᵢ, Hᵢ, Wᵢ), highest resolution first."""
        # Each branch has twice the resolution of the next, so that a fixed kernel pools to the size
        # of the smallest: the means of adaptive pooling, without looking for each pixel's place.
        kernels = [2**levels for levels in range(len(branches) - 1, 0, -1)]
        pooled = [F.avg_pool2d(x, k) for x, k in zip(branches[:-1], kernels, strict=True)]
        pooled.append(branches[-1])
        weights = self.conv2(self.conv1(torch.cat(pooled, dim=1))).split(self.channels, dim=1)
        return [weigh(x, weight) for x, weight in zip(branches, weights, strict=True)]


class ConditionalChannelWeighting(nn.Module):
    """The LITE block: a shuffle unit over all branches with weights in place of 1×1 convolutions.

    Args:
        channels: channels of each branch, highest resolution first; all even.
        reduce_ratio: bottleneck ratio of the cross-resolution weighting.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
        with_cp: trade time for memory by recomputing activations in the backward pass.
    """

    def __init__(
        self,
        channels: Sequence[int],
        reduce_ratio: int,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        halves = [c // 2 for c in channels]
        common = {"conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
        self.cross_resolution_weighting = CrossResolutionWeighting(halves, reduce_ratio, **common)
        self.depthwise_convs = nn.ModuleList(
            ConvModule(c, c, 3, padding=1, groups=c, act_cfg=None, **common) for c in halves
        )
        self.spatial_weighting = nn.ModuleList(
            SpatialWeighting(c, ratio=4, conv_cfg=conv_cfg) for c in halves
        )

    def forward(self, branches: Sequence[Tensor]) -> list[Tensor]:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → (B, Cᵢ, Hᵢ, Wᵢ), highest resolution first."""
        if self.with_cp and any(x.requires_grad for x in branches):
            return list(checkpoint(self._run, self, *branches))
        return list(self._run(*branches))

    def _run(self, *branches: Tensor) -> tuple[Tensor, ...]:
        passed, worked = zip(*(x.chunk(2, dim=1) for x in branches), strict=True)
        worked = self.cross_resolution_weighting(worked)
        worked = [conv(x) for conv, x in zip(self.depthwise_convs, worked, strict=True)]
        worked = [layer(x) for layer, x in zip(self.spatial_weighting, worked, strict=True)]
        return tuple(shuffle_halves(*pair) for pair in zip(passed, worked, strict=True))
