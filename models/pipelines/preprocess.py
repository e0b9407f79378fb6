"""Box → crop → array: one path from an image to the network's input, in NumPy and OpenCV alone.

Data sets go it step by step, with random steps between; `models.inference` and the users of
exported models go it in one, by a `Preprocessor`. Either way the numbers are the same bit for bit,
because both call the functions here, of `crop.py` and of `models.structures`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.pipelines.crop import crop_image
from models.pipelines.declared import Step, offer, step_name
from models.structures import PADDING, box_to_center_scale, crop_matrix, udp_matrix


def matrix_to_crop(
    center: ArrayLike, scale: ArrayLike, rotation: float, size: tuple[int, int], udp: bool = False
) -> np.ndarray:
    """Matrix (2, 3) from the image to the crop; see `crop_matrix` and `udp_matrix`."""
    return (udp_matrix if udp else crop_matrix)(center, scale, rotation, size)


def repadded(scale: np.ndarray, padding: float) -> np.ndarray:
    """A scale that was made with the published padding of 1.25, with another padding.

    In a step of its own and in float32, as published: (scale · 1.25) · (padding / 1.25).
    """
    return scale * np.float32(padding / PADDING)


def normalization_table(mean: ArrayLike, std: ArrayLike) -> np.ndarray:
    """What becomes of each byte: (byte / 255 − mean) / std, as (C, 256) float32.

    A byte has 256 values, so this is all there is to know of the normalisation.

    Args:
        mean: of each of C channels, on the scale 0–1.
        std: of each channel.
    """
    levels = np.arange(256, dtype=np.float32) / np.float32(255)
    mean, std = (np.asarray(values, np.float32).reshape(-1, 1) for values in (mean, std))
    return (levels - mean) / std


def normalize_into(out: np.ndarray, image: np.ndarray, table: np.ndarray) -> None:
    """Bytes through a table.

    Args:
        out: (C, H, W) float32, written to.
        image: (H, W, C) uint8.
        table: (C, 256) float32, from `normalization_table`.
    """
    for plane, values, channel in zip(cv2.split(image), table, out, strict=True):
        cv2.LUT(plane, values, channel)


def check_image(image: np.ndarray) -> None:
    """Make sure that an array is an image as OpenCV reads them.

    Raises:
        ValueError: it is not (H, W, 3) uint8, or is empty.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(
            f"an image is an array (H, W, 3) of uint8 in the order BGR, not {image.shape} of "
            f"{image.dtype}"
        )


@dataclass(frozen=True, eq=False)
class Preprocessor:
    """From an image with boxes to the network's input.

    Attributes:
        input_size: (w, h) of crops.
        mean: of each channel on the scale 0–1, subtracted from byte / 255.
        std: of each channel; what is left is divided by it.
        channel_order: of crops, 'rgb' or 'bgr'.
        padding: how much larger than the box the crop is, see `box_to_center_scale`.
        udp: whether crops are cut by `udp_matrix`, not by `crop_matrix`.
    """

    input_size: tuple[int, int]
    mean: Sequence[float]
    std: Sequence[float]
    channel_order: str = "rgb"
    padding: float = PADDING
    udp: bool = False
    _table: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        table = normalization_table(self.mean, self.std)
        # images come as BGR; so their planes are written last to first where crops are RGB
        object.__setattr__(self, "_table", table[::-1] if self.channel_order == "rgb" else table)

    def __call__(
        self, image: np.ndarray, boxes: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The network's input for all boxes of an image.

        Args:
            image: (H, W, 3) uint8, BGR.
            boxes: (N, 4) x, y, w, h in the image frame; further columns are not looked at.

        Returns:
            crops (N, 3, h, w) float32, their centers (N, 2) in the image frame, and their scales
            (N, 2) in units of 200 px.

        Raises:
            ValueError: the image is no BGR image, or a box has no extent.
        """
        check_image(image)
        width, height = self.input_size
        boxes = np.asarray(boxes, dtype=np.float64)[..., :4].reshape(-1, 4)
        center, scale = box_to_center_scale(boxes, width / height)
        scale = repadded(scale, self.padding)
        crops = np.empty((len(boxes), 3, height, width), np.float32)
        for out, its_center, its_scale in zip(crops, center, scale, strict=True):
            matrix = matrix_to_crop(its_center, its_scale, 0, self.input_size, self.udp)
            planes = out[::-1] if self.channel_order == "rgb" else out
            normalize_into(planes, crop_image(image, matrix, self.input_size), self._table)
        return crops, center, scale


def described_steps(steps: Iterable[Step]) -> tuple[dict[str, Any], list[str]]:
    """What the steps of a test pipeline say of themselves, and the names of those that do not.

    A step's words (`described` in `declared.py`) are keyword arguments of `Preprocessor`, and
    `divisor`: what bytes are divided by before they are normalised.
    """
    words: dict[str, Any] = {}
    silent = []
    for step in steps:
        say = offer(step, "described")
        said = say() if say else None
        if said is None:
            silent.append(step_name(step))
        else:
            words.update(said)
    return words, silent
