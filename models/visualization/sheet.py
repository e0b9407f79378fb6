"""Many pictures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np


def contact_sheet(
    images: Sequence[np.ndarray], columns: int = 4, cell: tuple[int, int] = (400, 300), gap: int = 8
) -> np.ndarray:
    """Lay pictures out in rows, each scaled to fit its cell.

    Args:
        images: (H, W, 3) uint8 each.
        columns: cells in a row.
        cell: (w, h) of a cell in pixels.
        gap: pixels between cells.

    Raises:
        ValueError: there are no pictures.
    """
    if not images:
        raise ValueError("there are no pictures to lay out")
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    width, height = cell
    sheet = np.full(
        (rows * (height + gap) + gap, columns * (width + gap) + gap, 3), 245, dtype=np.uint8
    )
    for i, image in enumerate(images):
        factor = min(width / image.shape[1], height / image.shape[0])
        size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(image, size, interpolation=method)
        x = gap + i % columns * (width + gap) + (width - size[0]) // 2
        y = gap + i // columns * (height + gap) + (height - size[1]) // 2
        sheet[y : y + size[1], x : x + size[0]] = scaled
    return sheet
