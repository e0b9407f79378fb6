"""From an image file to an RGB array, or to an error that says what is wrong with the file."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES

CHANNEL_ORDERS = ("rgb", "bgr")
COLOR_TYPES = ("color", "color_ignore_orientation")


class BadImage(Exception):
    """An image file cannot be used; `--skip-bad-images` leaves it out."""


class MissingImage(BadImage, FileNotFoundError):
    """There is no such file."""


class UnreadableImage(BadImage, ValueError):
    """The file is empty, cut short or no picture."""


def read_image(path: str, channel_order: str = "rgb") -> np.ndarray:
    """Read a picture as (H, W, 3) uint8.

    Grey pictures get three equal channels, 16 bits are reduced to 8, transparency is dropped. The
    orientation tag of a photograph (EXIF) is not obeyed: COCO and MPII annotate the pixels as
    they are stored.

    Args:
        path: file in any format that OpenCV reads.
        channel_order: 'rgb' or 'bgr'.

    Raises:
        MissingImage: there is no such file; a FileNotFoundError.
        UnreadableImage: the file is empty, cut short or no picture; a ValueError.
    """
    try:
        with open(path, "rb") as f:
            data = f.read()
    except (FileNotFoundError, NotADirectoryError):
        raise MissingImage(
            f"image {path} does not exist; check img_prefix and that the images are complete"
        ) from None
    if not data or _cut_short(data):
        raise UnreadableImage(f"image {path} is {'cut short' if data else 'empty'}; fetch it anew")
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise UnreadableImage(
            f"image {path} cannot be decoded: no picture, or damaged; fetch it anew"
        )
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if channel_order == "rgb" else image


@PIPELINES.register_module()
class LoadImageFromFile:
    """`image_file` → `img` (H, W, 3).

    Args:
        to_float32: float32 in place of uint8, still 0–255.
        color_type: 'color' and 'color_ignore_orientation' both mean what `read_image` does.
        channel_order: 'rgb' or 'bgr'.
    """

    def __init__(
        self, to_float32: bool = False, color_type: str = "color", channel_order: str = "rgb"
    ) -> None:
        if color_type not in COLOR_TYPES:
            raise ValueError(f"color_type '{color_type}' is unknown; the network takes 'color'")
        if channel_order not in CHANNEL_ORDERS:
            raise ValueError(f"channel_order '{channel_order}' is unknown; use 'rgb' or 'bgr'")
        self.to_float32 = to_float32
        self.channel_order = channel_order

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        image = read_image(sample["image_file"], self.channel_order)
        sample["img"] = image.astype(np.float32) if self.to_float32 else image
        return sample


def _cut_short(data: bytes) -> bool:
    """Whether a JPEG or PNG lacks its end. Some versions of OpenCV decode such a file half."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data
    if not data.startswith(b"\xff\xd8") or data.endswith(b"\xff\xd9"):
        return False
    # Bytes behind the end marker are common and harmless; an embedded preview, which has an end
    # marker of its own, lies in a segment before the scan and is stepped over.
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        if data[position + 1] == 0xDA:  # start of scan
            return data.find(b"\xff\xd9", position) < 0
        fill = data[position + 1] == 0xFF
        position += 1 if fill else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return False  # the decoder judges
