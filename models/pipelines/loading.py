"""From an image file to an RGB array, or to an error that says what is wrong with the file."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES
from models.pipelines.picture import Picture

CHANNEL_ORDERS = ("rgb", "bgr")
COLOR_TYPES = ("color", "color_ignore_orientation")


def read_image(path: str, channel_order: str = "rgb") -> np.ndarray:
    """Read a picture as (H, W, 3) uint8; see `Picture`.

    Args:
        path: file in any format that OpenCV reads.
        channel_order: 'rgb' or 'bgr'.

    Raises:
        MissingImage: there is no such file; a FileNotFoundError.
        UnreadableImage: the file is empty, cut short or no picture; a ValueError.
    """
    image = Picture(path).array()
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if channel_order == "rgb" else image


@PIPELINES.register_module()
class LoadImageFromFile:
    """`image_file` → `img` (H, W, 3).

    Args:
        to_float32: float32 in place of uint8, still 0–255.
        color_type: 'color' and 'color_ignore_orientation' both mean what `read_image` does.
        channel_order: 'rgb' or 'bgr'.
        reduced: decode a JPEG at 1/2, 1/4 or 1/8 of its size where the crop still has at least
            one of those pixels for each of the network's input. Needs the steps from here to
            `TopDownAffine` to be this project's own, see `fusion.py`. The crop differs by a
            fraction of a grey level per pixel from the one without, being less aliased.
    """

    def __init__(
        self,
        to_float32: bool = False,
        color_type: str = "color",
        channel_order: str = "rgb",
        reduced: bool = False,
    ) -> None:
        if color_type not in COLOR_TYPES:
            raise ValueError(f"color_type '{color_type}' is unknown; the network takes 'color'")
        if channel_order not in CHANNEL_ORDERS:
            raise ValueError(f"channel_order '{channel_order}' is unknown; use 'rgb' or 'bgr'")
        self.to_float32 = to_float32
        self.channel_order = channel_order
        self.reduced = reduced

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        image = read_image(sample["image_file"], self.channel_order)
        sample["img"] = image.astype(np.float32) if self.to_float32 else image
        return sample
