"""The backbone contract: images in, feature maps out, and what the rest must know of the maps.

A new backbone is one file:

    @BACKBONES.register_module()
    class MyNet(Backbone):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, width, 4, stride=4)
            self.out_channels, self.strides = (width,), (4,)

        def forward(self, img: Tensor) -> list[Tensor]:
            return [self.stem(img)]

Heads find their `in_channels`, and heatmaps their size, in what it declares. A module that is not
derived from `Backbone` but has `out_channels`, `strides` and `forward` will do as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class Backbone(nn.Module):
    """Base class of backbones: declared maps, and modes with frozen parts.

    Attributes:
        out_channels: channels of each map that `forward` returns.
        strides: image pixels per pixel of each of these maps.
        size_divisor: image height and width must be multiples of it, for maps that are exactly
            image size / stride.
        norm_eval: whether batch norms stay in eval mode while training.
        unused_keys: regular expressions; weights whose names begin so are left out when a file is
            loaded as `model.pretrained`, such as the classifier in files of ImageNet.
    """

    out_channels: tuple[int, ...]
    strides: tuple[int, ...]
    size_divisor: int = 1
    norm_eval: bool = False
    unused_keys: tuple[str, ...] = ()

    def forward(self, img: Tensor) -> Sequence[Tensor]:
        """Normalised images (B, 3, H, W) → maps, the i-th (B, out_channels[i], H/strides[i], …)."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(img)")

    def init_weights(self) -> None:
        """Draw the weights; by default nothing, since layers draw theirs when they are built."""

    def frozen_parts(self) -> Iterable[nn.Module]:
        """Modules that training leaves as they are, weights and statistics; none by default.

        A backbone that has some calls `self.train()` when it is built.
        """
        return ()

    def train(self, mode: bool = True) -> Backbone:
        """Switch modes; frozen parts, and with `norm_eval` all batch norms, stay in eval mode."""
        super().train(mode)
        for part in self.frozen_parts():
            part.eval().requires_grad_(False)
        if mode and self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self


def check_size(width: int, height: int, divisor: int) -> None:
    """Raise a ValueError with the nearest good size unless both are multiples of `divisor`."""
    for name, size in (("width", width), ("height", height)):
        if size % divisor or size <= 0:
            good = max(divisor, round(size / divisor) * divisor)
            raise ValueError(f"{name} {size} is no multiple of {divisor}; use {good}")


def check_backbone(backbone: Any, image_size: tuple[int, int] | None = None) -> None:
    """Make sure that a backbone declares its maps and, given a size, that it returns these.

    Args:
        backbone: a `Backbone`, or any module with its attributes.
        image_size: (w, h) of an image of zeros that is passed through it in eval mode; without,
            only the declaration is read.

    Raises:
        ValueError: a part of the contract is missing or wrong; names it and says what it must be.
    """
    name = type(backbone).__name__
    for key, meaning in (
        ("out_channels", "channels"),
        ("strides", "image pixels per pixel"),
    ):
        values = getattr(backbone, key, None)
        if not _are_counts(values):
            given = "has no" if values is None else f"has {key}={values!r}, not a proper"
            raise ValueError(
                f"backbone {name} {given} `{key}`: give a tuple, the {meaning} of each map that "
                "forward returns"
            )
    if len(backbone.out_channels) != len(backbone.strides):
        raise ValueError(
            f"backbone {name} declares {len(backbone.out_channels)} out_channels and "
            f"{len(backbone.strides)} strides; give one of each for every map"
        )
    divisor = getattr(backbone, "size_divisor", 1)
    if not _are_counts((divisor,)):
        raise ValueError(
            f"backbone {name} has size_divisor={divisor!r}; give the whole number of which image "
            "height and width must be multiples"
        )
    if image_size is not None:
        _check_maps(backbone, name, *image_size)


def _check_maps(backbone: nn.Module, name: str, width: int, height: int) -> None:
    weight = next(backbone.parameters(), torch.zeros(()))
    image = torch.zeros(1, 3, height, width, device=weight.device, dtype=weight.dtype)
    training = backbone.training
    with torch.no_grad():
        maps = backbone.eval()(image)
    backbone.train(training)
    if isinstance(maps, Tensor) or len(maps) != len(backbone.strides):
        given = "a single tensor" if isinstance(maps, Tensor) else f"{len(maps)} maps"
        raise ValueError(
            f"backbone {name} declares {len(backbone.strides)} strides, but forward returns {given}"
            "; return a list with one map for each"
        )
    for i, (found, channels, stride) in enumerate(
        zip(maps, backbone.out_channels, backbone.strides, strict=True)
    ):
        expected = (1, channels, height // stride, width // stride)
        if tuple(found.shape) != expected:
            raise ValueError(
                f"backbone {name} returns map {i} as {tuple(found.shape)} for an image of "
                f"{width}×{height}, where out_channels[{i}]={channels} and strides[{i}]={stride} "
                f"make it {expected} (batch, channels, height, width); correct what it declares"
            )


def _are_counts(values: Any) -> bool:
    """Whether it is a sequence, not an empty one, of whole numbers above 0."""
    return (
        isinstance(values, Sequence)
        and len(values) > 0
        and all(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in values)
    )
