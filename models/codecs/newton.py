"""One Newton step in the plane: from a peak's cell to the top of the parabola through it."""

from __future__ import annotations

import numpy as np


def newton_step(
    x: np.ndarray, y: np.ndarray, xx: np.ndarray, xy: np.ndarray, yy: np.ndarray
) -> np.ndarray:
    """The step (..., 2) to where the gradient is 0; no step where the Hessian has no inverse.

    Args:
        x, y: (...) first derivatives.
        xx, xy, yy: (...) second derivatives.
    """
    determinant = xx * yy - xy**2
    regular = determinant != 0
    # Minus the inverse of a 2×2 matrix, times the gradient.
    step = np.stack([xy * y - yy * x, xy * x - xx * y], axis=-1)
    step /= np.where(regular, determinant, 1)[..., None]
    return np.where(regular[..., None], step, 0)
