"""From an image file to its pixels, or to an error that says what is wrong with the file."""

from __future__ import annotations

import copy
from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES
from models.pipelines.lazy_image import LazyImage
from models.pipelines.picture import Album, ArrayImage, Picture
from models.pipelines.sample import Sample

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
    """`image_file` → `img` (H, W, 3), which is decoded when a step looks at it.

    Where `TopDownAffine` is the first to do so, it reads no more than its crop; see
    `lazy_image.py`. An image in memory, (H, W, 3) uint8 BGR in `img`, is taken where `image_file`
    is empty.

    Args:
        to_float32: float32 in place of uint8, still 0–255.
        color_type: 'color' and 'color_ignore_orientation' both mean what `read_image` does.
        channel_order: 'rgb' or 'bgr'.
        reduced: decode a JPEG at 1/2, 1/4 or 1/8 of its size where the crop still has at least
            one of those pixels for each of the network's input. No step may look at the image
            before `TopDownAffine`. The crop differs by a fraction of a grey level per pixel from
            the one without, being less aliased.
        album: where files are opened; by default those looked at last are kept.
    """

    def __init__(
        self,
        to_float32: bool = False,
        color_type: str = "color",
        channel_order: str = "rgb",
        reduced: bool = False,
        album: Album | None = None,
    ) -> None:
        if color_type not in COLOR_TYPES:
            raise ValueError(f"color_type '{color_type}' is unknown; the network takes 'color'")
        if channel_order not in CHANNEL_ORDERS:
            raise ValueError(f"channel_order '{channel_order}' is unknown; use 'rgb' or 'bgr'")
        if to_float32 and reduced:
            raise ValueError(
                "LoadImageFromFile: to_float32 converts the whole image and reduced reads a part "
                "of it; leave one of them out"
            )
        self.to_float32 = to_float32
        self.channel_order = channel_order
        self.reduced = reduced
        self.album = Album() if album is None else album

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        if "img" in sample and not sample.get("image_file"):
            source = ArrayImage(sample["img"])
        else:
            source = self.album.open(sample["image_file"])
        image = LazyImage(source, self.channel_order, self.reduced)
        if self.to_float32:
            sample["img"] = image.array().astype(np.float32)
        elif isinstance(sample, Sample):
            sample.image = image
        else:
            sample["img"] = image.array()
        return sample

    def with_album(self, album: Album) -> LoadImageFromFile:
        """The same step, whose images come from an album."""
        step = copy.copy(self)
        step.album = album
        return step

    def described(self) -> dict[str, Any] | None:
        """See `declared.py`."""
        return None if self.to_float32 else {"channel_order": self.channel_order}
