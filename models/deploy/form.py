"""How the inference form is laid out for the program that runs it."""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

#: image pixels per pixel of Lite-HRNet's largest map
_STRIDE = 4


@dataclass(frozen=True)
class Form:
    """Choices that change speed and layout, never values.

    Attributes:
        multiple: channels of a branch are filled up with zeros to a multiple of it. ONNX Runtime
            keeps maps in blocks of 16 channels as long as every map has whole blocks, and reorders
            memory around every convolution where one has not; zeros cost less than that.
        grid: rows and columns of the largest map, where gates are spread over the larger maps by
            nearest upsampling, which exported graphs can keep in blocks; None spreads them by
            broadcasting, which in PyTorch saves writing and reading the upsampled gate.
    """

    multiple: int = 1
    grid: tuple[int, int] | None = None

    @classmethod
    def for_size(cls, input_size: tuple[int, int], multiple: int = 1) -> Form:
        """The form of exported graphs, for images of a size (w, h)."""
        width, height = input_size
        return cls(multiple, (height // _STRIDE, width // _STRIDE))

    def spread(self, x: Tensor, gate: Tensor, levels: int) -> Tensor:
        """x · the gate, each value of which counts for a square of 2^levels × 2^levels pixels.

        Nearest upsampling by a whole factor repeats values, so broadcasting along the pixels of a
        square multiplies by the very same numbers.

        Args:
            x: (B, C, h·2^levels, w·2^levels).
            gate: (B, C, h, w).
            levels: number of halvings between the two maps.
        """
        if levels == 0:
            return x * gate
        side = 2**levels
        if self.grid is not None:
            return x * F.interpolate(gate, scale_factor=float(side), mode="nearest")
        squares = x.unflatten(3, (-1, side)).unflatten(2, (-1, side))
        return (squares * gate[:, :, :, None, :, None]).flatten(4, 5).flatten(2, 3)

    def scale(self, x: Tensor, factor: Tensor, levels: int) -> Tensor:
        """x · a factor for every channel.

        Args:
            x: (B, C, h·2^levels, w·2^levels).
            factor: from `per_channel`.
            levels: as for `spread`.
        """
        return x * factor if self.grid is None else self.spread(x, factor, levels)

    def per_channel(self, factor: Tensor, top: int) -> Tensor:
        """A factor (B, C, 1, 1) in the form that goes with maps of the smallest size.

        Args:
            factor: one number a channel.
            top: number of halvings between the largest and the smallest map.
        """
        if self.grid is None:
            return factor
        size = tuple(float(length // 2**top) for length in self.grid)
        return F.interpolate(factor, scale_factor=size, mode="nearest")


PLAIN = Form()
"""For PyTorch, and for anyone who wants the fewest numbers."""
