"""Channel shuffle and the ShuffleNetV2 unit, the NAIVE block of naive Lite-HRNet (section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from models.layers.checkpointing import checkpoint


def channel_shuffle(x: Tensor, groups: int = 2) -> Tensor:
    """Interleave the channels of `groups` equal groups (ShuffleNet, section 3.1).

    Args:
        x: (B, C, H, W); C is a multiple of `groups`.
        groups: number of groups.

    Returns:
        (B, C, H, W); with two groups the order is 0, C/2, 1, C/2+1, …
    """
    return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


class ShuffleUnit(nn.Module):
    """ShuffleNetV2 unit of stride 1: half of the channels pass, half go through three convolutions.

    Args:
        channels: C, even.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
        with_cp: trade time for memory by recomputing activations in the backward pass.
    """

    def __init__(
        self,
        channels: int,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        half = channels // 2
        common = {"conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
        self.branch2 = nn.Sequential(
            ConvModule(half, half, 1, **common),
            ConvModule(half, half, 3, padding=1, groups=half, act_cfg=None, **common),
            ConvModule(half, half, 1, **common),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) → (B, C, H, W)."""
        if self.with_cp and x.requires_grad:
            return checkpoint(self._run, self, x)
        return self._run(x)

    def _run(self, x: Tensor) -> Tensor:
        passed, worked = x.chunk(2, dim=1)
        return channel_shuffle(torch.cat([passed, self.branch2(worked)], dim=1))
