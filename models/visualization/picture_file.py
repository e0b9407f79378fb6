"""Pictures as files that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np

from models.runtime.files import atomic_write


def write_picture(path: str | os.PathLike, image: np.ndarray, quality: int = 95) -> None:
    """Write a picture; missing parent folders are made.

    Args:
        path: file, whose ending tells the format.
        image: (H, W, 3) uint8, BGR.
        quality: of a JPEG, 0 … 100.

    Raises:
        ValueError: OpenCV writes no pictures of that ending.
        OSError: the folder cannot be written, or the disk is full.
    """
    suffix = Path(path).suffix.lower()
    options = [cv2.IMWRITE_JPEG_QUALITY, quality] if suffix in (".jpg", ".jpeg") else []
    try:
        done, content = cv2.imencode(suffix, image, options)
    except cv2.error:
        done = False
    if not done:
        raise ValueError(f"{path} cannot be written as a picture; let its name end in .png or .jpg")
    # Not by OpenCV's own writing, which does not tell of a full disk.
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
