"""The depthwise + pointwise pair from which transitions and fuse layers are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmcv.cnn import build_conv_layer, build_norm_layer
from torch import nn


def depthwise_pointwise(
    in_channels: int,
    out_channels: int,
    stride: int,
    *,
    relu: bool,
    conv_cfg: Mapping[str, Any] | None = None,
    norm_cfg: Mapping[str, Any] = {"type": "BN"},
) -> nn.Sequential:
    """Depthwise 3×3 → BN → pointwise 1×1 → BN (→ ReLU).

    A flat Sequential, not two ConvModules: published checkpoints number the four layers 0 to 3.

    Args:
        in_channels: channels in; also those of the depthwise convolution.
        out_channels: channels out.
        stride: of the depthwise convolution.
        relu: whether a ReLU follows.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config.
    """
    layers = [
        build_conv_layer(
            conv_cfg,
            in_channels,
            in_channels,
            kernel_size=3,
            stride=stride,
            padding=1,
            groups=in_channels,
            bias=False,
        ),
        build_norm_layer(norm_cfg, in_channels)[1],
        build_conv_layer(conv_cfg, in_channels, out_channels, kernel_size=1, bias=False),
        build_norm_layer(norm_cfg, out_channels)[1],
    ]
    if relu:
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)
