"""A part of a picture, enlarged or reduced, and the way of points into it."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

BACKGROUND = (215, 215, 215)


def view(
    image: np.ndarray, region: Sequence[float], size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Show a region as large as a size allows, in its middle; outside the picture is light grey.

    Args:
        image: (H, W, 3) uint8.
        region: x, y, w, h of the pixels' edges in the image frame, sides above 0; a whole picture
            is (−0.5, −0.5, W, H).
        size: (w, h) of the view in pixels.

    Returns:
        (h, w, 3) uint8, and the matrix (2, 3) from the image to the view.
    """
    x, y, w, h = (float(value) for value in region)
    factor = min(size[0] / w, size[1] / h)
    # The middle of the region becomes the middle of the view, both counted from pixels' edges.
    shift = np.array(size) / 2 - 0.5 - factor * np.array([x + w / 2, y + h / 2])
    matrix = np.column_stack([np.eye(2) * factor, shift])
    source, inner = _reduced(image, matrix)
    method = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_LINEAR
    picture = cv2.warpAffine(source, inner, size, flags=method, borderValue=BACKGROUND)
    return picture, matrix


def _reduced(image: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture made small by whole areas, of which bilinear samples then skip none."""
    factor = matrix[0, 0]
    if factor > 0.6:
        return image, matrix
    size = [max(1, round(side * factor)) for side in image.shape[1::-1]]
    reduced = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    ratio = np.divide(image.shape[1::-1], size)
    shift = matrix[:, :2] @ ((ratio - 1) / 2) + matrix[:, 2]
    return reduced, np.column_stack([matrix[:, :2] * ratio, shift])
