"""Channel shuffle and the ShuffleNetV2 unit, the NAIVE block of naive Lite-HRNet (section 3.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn

from models.layers.checkpointing import checkpoint


def shuffle_halves(first: Tensor, second: Tensor) -> Tensor:
    """Channel shuffle of two halves (ShuffleNet, section 3.1), written where they end up.

    Concatenating first and shuffling then would copy everything twice.

    Args:
        first: (B, C/2, H, W).
        second: the same shape.

    Returns:
        (B, C, H, W); channels of the two in turn.
    """
    if _is_channels_last(first) or _is_channels_last(second):
        # In this layout channels are the last axis in memory; the result is in it, too.
        halves = (first.permute(0, 2, 3, 1), second.permute(0, 2, 3, 1))
        return torch.stack(halves, dim=-1).flatten(-2).permute(0, 3, 1, 2)
    return torch.stack((first, second), dim=2).flatten(1, 2)


def _is_channels_last(x: Tensor) -> bool:
    """Also true of a slice of the channels, whose pixels have gaps in between."""
    return x.stride(1) == 1 and x.shape[1] > 1 and x.shape[2:].numel() > 1


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
        return shuffle_halves(passed, self.branch2(worked))
