"""Many pictures on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from models.visualization.colors import DARK
from models.visualization.text import draw_text, shortened

_LETTERS = 11  # pixels


def contact_sheet(
    images: Sequence[np.ndarray],
    columns: int = 4,
    cell: tuple[int, int] = (400, 300),
    gap: int = 8,
    captions: Sequence[str] | None = None,
) -> np.ndarray:
    """Lay pictures out in rows, each scaled to fit its cell.

    Args:
        images: (H, W, 3) uint8 each.
        columns: cells in a row.
        cell: (w, h) of a cell in pixels.
        gap: pixels between cells.
        captions: a line below each picture; what is too long loses its middle.

    Raises:
        ValueError: there are no pictures, or not as many captions.
    """
    if not images:
        raise ValueError("there are no pictures to lay out")
    if captions is not None and len(captions) != len(images):
        raise ValueError(f"{len(captions)} captions for {len(images)} pictures; give one each")
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    width, height = cell
    pitch = height + gap + (0 if captions is None else 2 * _LETTERS)
    sheet = np.full((rows * pitch + gap, columns * (width + gap) + gap, 3), 245, dtype=np.uint8)
    for i, image in enumerate(images):
        left, top = gap + i % columns * (width + gap), gap + i // columns * pitch
        scaled = fitted(image, cell)
        x = left + (width - scaled.shape[1]) // 2
        y = top + (height - scaled.shape[0]) // 2
        sheet[y : y + scaled.shape[0], x : x + scaled.shape[1]] = scaled
        if captions is not None:
            text = shortened(captions[i], width, _LETTERS)
            draw_text(sheet, text, (left, top + height + round(1.6 * _LETTERS)), _LETTERS, DARK)
    return sheet


def fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A picture scaled to fit into a size (w, h), in its own proportions."""
    factor = min(size[0] / image.shape[1], size[1] / image.shape[0])
    scaled = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, scaled, interpolation=method)
