"""Pixels through a matrix: the crop, and no more of the picture touched than it needs."""

from __future__ import annotations

import threading
from typing import NamedTuple

import cv2
import numpy as np

#: Rounding, and the second pixel that a bilinear sample reads, stay within so many pixels.
MARGIN = 2

_scratch = threading.local()


class Region(NamedTuple):
    """Columns left … right − 1 and rows top … bottom − 1 of a picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """Whether there is no pixel in it."""
        return self.left >= self.right or self.top >= self.bottom

    @property
    def pixels(self) -> int:
        """How many there are."""
        return 0 if self.is_empty else (self.right - self.left) * (self.bottom - self.top)

    def mirrored(self, width: int) -> Region:
        """Where it lies in the mirror image of a picture of `width` columns."""
        return Region(width - self.right, self.top, width - self.left, self.bottom)

    def holds(self, other: Region) -> bool:
        """Whether no pixel of `other` lies outside."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


class Pixels(NamedTuple):
    """Part of a picture, in memory.

    Attributes:
        array: (h, w, 3) uint8, channels as OpenCV reads them: blue, green, red.
        left: column of the picture in which `array` begins.
        top: row of the picture in which it begins.
    """

    array: np.ndarray
    left: int = 0
    top: int = 0

    @property
    def region(self) -> Region:
        """The part of the picture that is here."""
        height, width = self.array.shape[:2]
        return Region(self.left, self.top, self.left + width, self.top + height)


def needed_region(matrix: np.ndarray, crop_size: tuple[int, int], size: tuple[int, int]) -> Region:
    """The pixels of a picture that its crop is made of; empty where it lies beside the picture.

    Args:
        matrix: (2, 3) from picture to crop.
        crop_size: (w, h) of the crop.
        size: (w, h) of the picture.
    """
    (a, b, x), (c, d, y) = cv2.invertAffineTransform(matrix).tolist()
    across, down = crop_size[0] - 1, crop_size[1] - 1
    # Rows and columns grow linearly with the crop's, so the corners are the extremes.
    left, right = (
        x + min(0, a * across) + min(0, b * down),
        x + max(0, a * across) + max(0, b * down),
    )
    top, bottom = (
        y + min(0, c * across) + min(0, d * down),
        y + max(0, c * across) + max(0, d * down),
    )
    return Region(
        max(int(left) - MARGIN, 0),
        max(int(top) - MARGIN, 0),
        min(max(int(right) + 1 + MARGIN, 0), size[0]),
        min(max(int(bottom) + 1 + MARGIN, 0), size[1]),
    )


def crop_image(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The crop (h, w, C) of an image (H, W, C), bilinear, black outside of the image.

    Args:
        image: any number of channels, uint8 or float32.
        matrix: (2, 3) from the image to the crop.
        size: (w, h) of the crop.
    """
    return cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR)


def cut(
    pixels: Pixels,
    needed: Region,
    size: tuple[int, int],
    matrix: np.ndarray,
    crop_size: tuple[int, int],
    mirrored: bool = False,
    channel_order: str = "rgb",
) -> np.ndarray:
    """The crop (h, w, 3) uint8, bit for bit `crop_image` of the whole (mirrored) picture.

    What is exact about it: the region that the crop reads is laid at its own place in a frame of
    the whole picture's size, and the same matrix is applied to that frame; so every coordinate is
    rounded as it would be. What lies beside the region is never read. Mirroring and the order of
    channels move whole bytes, and may be done to the region as well as to the picture. Channels
    are interpolated apart from each other, and four of them are faster than three.

    Args:
        pixels: at least the needed part of the picture, as stored (not mirrored).
        needed: from `needed_region`; in the mirror image where `mirrored`.
        size: (w, h) of the picture.
        matrix: (2, 3) from the (mirrored) picture to the crop.
        crop_size: (w, h) of the crop.
        mirrored: whether the crop is one of the mirror image.
        channel_order: of the crop, 'rgb' or 'bgr'.
    """
    width, height = crop_size
    if needed.is_empty:
        return np.zeros((height, width, 3), np.uint8)
    stored = needed.mirrored(size[0]) if mirrored else needed
    part = pixels.array[
        stored.top - pixels.top : stored.bottom - pixels.top,
        stored.left - pixels.left : stored.right - pixels.left,
    ]
    frame = _frame(size)
    place = frame[needed.top : needed.bottom, needed.left : needed.right]
    if mirrored:
        part = cv2.flip(part, 1)
    to_four = cv2.COLOR_BGR2RGBA if channel_order == "rgb" else cv2.COLOR_BGR2BGRA
    cv2.cvtColor(part, to_four, dst=place)
    crop = crop_image(frame, matrix, crop_size)
    return cv2.cvtColor(crop, cv2.COLOR_BGRA2BGR)


def _frame(size: tuple[int, int]) -> np.ndarray:
    """(h, w, 4) uint8 with anything in it; one memory for all, which its thread uses alone."""
    length = size[0] * size[1] * 4
    memory = getattr(_scratch, "memory", None)
    if memory is None or len(memory) < length:
        memory = _scratch.memory = np.empty(length, np.uint8)
    return memory[:length].reshape(size[1], size[0], 4)
