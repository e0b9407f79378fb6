"""The keypoint head: transposed convolutions, if any, then one convolution to heatmaps.

Xiao et al., "Simple Baselines for Human Pose Estimation and Tracking", ECCV 2018, arXiv 1804.06208,
put three transposed convolutions behind a ResNet; HRNet and Lite-HRNet need none. Arguments and the
names of weights are those of mmpose 0.x's TopdownHeatmapSimpleHead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from models.builder import HEADS
from models.layers import fast_norm, init_normal
from models.runtime.names import check_keys

#: kernel of a transposed convolution of stride 2 → padding, output padding that make it exactly 2×
_DECONV_PADDING = {4: (1, 0), 3: (1, 1), 2: (0, 0)}


@HEADS.register_module()
class TopDownSimpleHead(nn.Module):
    """Heatmaps from one of the backbone's maps, or from several of them side by side.

    Args:
        in_channels: of the map that is read; one number a map where several are.
        out_channels: number of heatmaps.
        num_deconv_layers: transposed convolutions, each with batch norm and ReLU, each doubling
            the resolution.
        num_deconv_filters: channels out of each of these; one number for all of them will do.
        num_deconv_kernels: kernel size of each: 4, 3 or 2; one number for all of them will do.
        extra: `final_conv_kernel` (1 or 3; 0 for no final convolution), `num_conv_layers`
            (convolutions with batch norm and ReLU in front of the final one) and
            `num_conv_kernels` (the size of each, odd; by default 1).
        in_index: which of the backbone's maps is read; several with `input_transform`.
        input_transform: 'resize_concat': maps are resized to the first one's size (bilinear) and
            concatenated; None for one map.
        align_corners: of that resizing.

    Attributes:
        in_channels: of the map, or of the concatenated maps.
        scale_factor: how much finer the heatmaps are than the map that is read.

    Raises:
        KeyError: an unknown key in `extra`.
        ValueError: numbers that do not go together, or a kernel size there is no padding for.
    """

    def __init__(
        self,
        in_channels: int | Sequence[int],
        out_channels: int,
        num_deconv_layers: int = 0,
        num_deconv_filters: int | Sequence[int] = 256,
        num_deconv_kernels: int | Sequence[int] = 4,
        extra: Mapping[str, Any] | None = None,
        in_index: int | Sequence[int] = 0,
        input_transform: str | None = None,
        align_corners: bool = False,
    ) -> None:
        super().__init__()
        _check_inputs(in_channels, in_index, input_transform)
        self.in_index = in_index
        self.align_corners = align_corners
        self.in_channels = in_channels if isinstance(in_channels, int) else sum(in_channels)
        self.out_channels = out_channels
        count = num_deconv_layers
        filters = _one_each(num_deconv_filters, count, "num_deconv_filters", "num_deconv_layers")
        kernels = _one_each(num_deconv_kernels, count, "num_deconv_kernels", "num_deconv_layers")
        self.scale_factor = 2**num_deconv_layers
        self.deconv_layers = _deconvolutions(self.in_channels, filters, kernels)
        channels = filters[-1] if filters else self.in_channels
        self.final_layer = _final_layer(channels, out_channels, extra or {})
        self.init_weights()

    def init_weights(self) -> None:
        """Weights N(0, 0.001²), bias 0, batch norms 1 and 0 (published training code)."""
        init_normal(self)

    def forward(self, features: Tensor | Sequence[Tensor]) -> Tensor:
        """Features (B, C, H, W), or the backbone's maps → heatmaps (B, K, H·s, W·s).

        s is `scale_factor`.
        """
        return self.final_layer(self.deconv_layers(self._select(features)))

    def _select(self, features: Tensor | Sequence[Tensor]) -> Tensor:
        if isinstance(features, Tensor):
            return features
        if isinstance(self.in_index, int):
            return features[self.in_index]
        first, *others = (features[i] for i in self.in_index)
        size = first.shape[-2:]
        resized = [
            F.interpolate(x, size=size, mode="bilinear", align_corners=self.align_corners)
            for x in others
        ]
        return torch.cat([first, *resized], dim=1)


def channels_of(out_channels: Sequence[int], in_index: int | Sequence[int]) -> int | list[int]:
    """A head's `in_channels`: those of the backbone's maps that it reads.

    Args:
        out_channels: channels of each of the backbone's maps.
        in_index: which of them the head reads.

    Raises:
        ValueError: the backbone has no such map.
    """
    for index in [in_index] if isinstance(in_index, int) else in_index:
        if not -len(out_channels) <= index < len(out_channels):
            raise ValueError(
                f"keypoint_head.in_index={in_index}, but the backbone returns {len(out_channels)} "
                "maps; use one of them, or change the backbone's out_indices"
            )
    if isinstance(in_index, int):
        return out_channels[in_index]
    return [out_channels[index] for index in in_index]


def _check_inputs(
    in_channels: int | Sequence[int], in_index: int | Sequence[int], transform: str | None
) -> None:
    if transform not in (None, "resize_concat"):
        raise ValueError(
            f"keypoint_head.input_transform={transform!r} is not supported; use 'resize_concat', "
            "or None for one map"
        )
    several = transform is not None
    for key, value in (("in_channels", in_channels), ("in_index", in_index)):
        if isinstance(value, int) is several:
            raise ValueError(
                f"keypoint_head.{key}={value} does not go with input_transform={transform!r}; "
                f"give {'a list' if several else 'one number'}"
            )
    if several and len(in_channels) != len(in_index):
        raise ValueError(
            f"keypoint_head.in_channels has {len(in_channels)} entries for {len(in_index)} of "
            "in_index; give one a map"
        )


def _one_each(values: int | Sequence[int], count: int, key: str, layers: str) -> list[int]:
    """`count` values, one a layer; where there is no layer, none is read."""
    if count < 0:
        raise ValueError(f"keypoint_head.{layers}={count} cannot be; use 0 or more")
    if isinstance(values, int):
        return [values] * count
    if count and len(values) != count:
        raise ValueError(
            f"keypoint_head.{key} has {len(values)} entries for {layers}={count}; give one a layer"
        )
    return list(values)[:count]


def _deconvolutions(
    channels: int, filters: Sequence[int], kernels: Sequence[int]
) -> nn.Sequential | nn.Identity:
    """Transposed convolution, batch norm and ReLU for each; nothing where there are none."""
    layers: list[nn.Module] = []
    for width, kernel in zip(filters, kernels, strict=True):
        if kernel not in _DECONV_PADDING:
            raise ValueError(
                f"keypoint_head.num_deconv_kernels has {kernel}; use one of "
                f"{', '.join(map(str, _DECONV_PADDING))}"
            )
        padding, output_padding = _DECONV_PADDING[kernel]
        layers += [
            nn.ConvTranspose2d(channels, width, kernel, 2, padding, output_padding, bias=False),
            _batch_norm(width),
            nn.ReLU(inplace=True),
        ]
        channels = width
    return nn.Sequential(*layers) if layers else nn.Identity()


def _final_layer(channels: int, out_channels: int, extra: Mapping[str, Any]) -> nn.Module:
    """What turns features into heatmaps; a single layer is not wrapped, as in checkpoints."""
    keys = ("final_conv_kernel", "num_conv_layers", "num_conv_kernels")
    check_keys(extra, keys, "keypoint_head.extra")
    kernel = extra.get("final_conv_kernel", 1)
    count = extra.get("num_conv_layers", 0)
    sizes = _one_each(
        extra.get("num_conv_kernels", 1), count, "extra.num_conv_kernels", "extra.num_conv_layers"
    )
    if kernel not in (0, 1, 3):
        raise ValueError(
            f"keypoint_head.extra.final_conv_kernel={kernel} is not supported; use 0, 1 or 3"
        )
    if kernel == 0:
        if channels != out_channels:
            raise ValueError(
                f"keypoint_head.extra.final_conv_kernel=0 leaves {channels} channels, but "
                f"out_channels={out_channels}; use a kernel of 1, or as many filters as heatmaps"
            )
        return nn.Identity()
    layers: list[nn.Module] = []
    for size in sizes:
        layers += [
            nn.Conv2d(channels, channels, size, padding=(size - 1) // 2),
            _batch_norm(channels),
            nn.ReLU(inplace=True),
        ]
    layers.append(nn.Conv2d(channels, out_channels, kernel, padding=kernel // 2))
    return nn.Sequential(*layers) if len(layers) > 1 else layers[0]


def _batch_norm(channels: int) -> nn.Module:
    return build_norm_layer(fast_norm({"type": "BN"}), channels)[1]
