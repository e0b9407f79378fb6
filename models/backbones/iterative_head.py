"""The iterative head: results of lower resolutions are added on the way up (section 4.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch.nn.functional as F
from mmcv.cnn import DepthwiseSeparableConvModule
from torch import Tensor, nn


class IterativeHead(nn.Module):
    """From the lowest resolution up: add the upsampled previous result, then project.

    Args:
        channels: channels of each branch, highest resolution first.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
    """

    def __init__(
        self,
        channels: Sequence[int],
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
    ) -> None:
        super().__init__()
        self.out_channels = channels[0]
        lowest_first = list(channels[::-1])
        widths = zip(lowest_first, [*lowest_first[1:], channels[0]], strict=True)
        self.projects = nn.ModuleList(
            DepthwiseSeparableConvModule(
                width,
                next_width,
                3,
                padding=1,
                conv_cfg=conv_cfg,
                norm_cfg=norm_cfg,
                dw_act_cfg=None,
            )
            for width, next_width in widths
        )

    def forward(self, branches: Sequence[Tensor]) -> Tensor:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → (B, C₀, H₀, W₀), the highest resolution's result."""
        result = None
        for branch, project in zip(branches[::-1], self.projects, strict=True):
            if result is not None:
                # align_corners is what the published weights were trained with.
                size = branch.shape[-2:]
                branch = branch + F.interpolate(
                    result, size=size, mode="bilinear", align_corners=True
                )
            result = project(branch)
        return result
