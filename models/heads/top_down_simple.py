"""The keypoint head of Lite-HRNet: one convolution from features to heatmaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from models.builder import HEADS
from models.layers import init_normal
from models.runtime.names import check_keys


@HEADS.register_module()
class TopDownSimpleHead(nn.Module):
    """A 1×1 (or 3×3) convolution with bias, one output channel a joint.

    The deconvolution layers that mmpose's head of this name can put first are not built: Lite-HRNet
    has none.

    Args:
        in_channels: of the feature map.
        out_channels: number of joints K.
        num_deconv_layers: must be 0.
        extra: `final_conv_kernel` (1 or 3).
        in_index: which of the backbone's maps is read.

    Raises:
        ValueError: deconvolution layers or another kernel size are asked for.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        num_deconv_layers: int = 0,
        extra: Mapping[str, Any] | None = None,
        in_index: int = 0,
    ) -> None:
        super().__init__()
        extra = extra or {}
        check_keys(extra, ("final_conv_kernel",), "keypoint_head.extra")
        kernel = extra.get("final_conv_kernel", 1)
        if num_deconv_layers != 0:
            raise ValueError(
                f"keypoint_head.num_deconv_layers={num_deconv_layers}: this head has none; use 0"
            )
        if kernel not in (1, 3):
            raise ValueError(
                f"keypoint_head.extra.final_conv_kernel={kernel} is not supported; use 1 or 3"
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.in_index = in_index
        self.final_layer = nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2)
        self.init_weights()

    def init_weights(self) -> None:
        """Weights N(0, 0.001²), bias 0 (published training code)."""
        init_normal(self)

    def forward(self, features: Tensor | Sequence[Tensor]) -> Tensor:
        """Features (B, C, H, W), or the backbone's list of them → heatmaps (B, K, H, W)."""
        if not isinstance(features, Tensor):
            features = features[self.in_index]
        return self.final_layer(features)
