"""Pictures decoded at a half, a quarter or an eighth of their size, where crops lose nothing.

A JPEG's 8×8 blocks can be turned into 4×4, 2×2 or 1×1 pixels directly, each the mean of those it
stands for. A crop that enlarges none of these pixels is made of them as well: single pixels of the
full picture would be skipped by the bilinear samples anyway.

All coordinates stay in the frame of the full picture; only the matrix that pixels are read through
knows of the reduction.
"""

from __future__ import annotations

import numpy as np

#: Matrices are made of float32 corners; a crop of exactly twice the input counts as such.
_ROUNDING = 1e-5


def reduction_for(matrix: np.ndarray) -> int:
    """The largest of 1, 2, 4, 8 that leaves a pixel of the picture for each one of the crop.

    Args:
        matrix: (2, 3) from the full picture to the crop.
    """
    zoom = np.hypot(matrix[:, 0], matrix[:, 1]).max()
    return next((r for r in (8, 4, 2) if r * zoom <= 1 + _ROUNDING), 1)


def reduced_size(size: tuple[int, int], reduction: int) -> tuple[int, int]:
    """(w, h) of the reduced picture; a last block of less than `reduction` pixels makes one too."""
    width, height = size
    return -(-width // reduction), -(-height // reduction)


def from_reduced(matrix: np.ndarray, reduction: int, width: int, mirrored: bool) -> np.ndarray:
    """The matrix (2, 3) from the reduced picture to the crop.

    Pixel u of the reduced picture is the middle of the pixels r·u … r·u + r − 1, that is, it lies
    at r·u + (r − 1) / 2. In the mirror image the last block, which may be filled up with pixels
    that are not there, is the first.

    Args:
        matrix: (2, 3) from the full picture, mirrored where `mirrored`.
        reduction: r.
        width: columns of the full picture.
        mirrored: whether both are of the mirror image.
    """
    middle = (reduction - 1) / 2
    filled_up = -(-width // reduction) * reduction - width
    x = middle - filled_up if mirrored else middle
    linear = matrix[:, :2]
    return np.column_stack([linear * reduction, linear @ (x, middle) + matrix[:, 2]])
