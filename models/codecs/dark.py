"""DARK: the peak moved by one Newton step on the logarithm of the blurred heatmap.

The logarithm of a Gaussian is a parabola, whose top one step finds. Source: Zhang et al.,
Distribution-Aware Coordinate Representation for Human Pose Estimation (CVPR 2020).
"""

from __future__ import annotations

import cv2
import numpy as np

from models.codecs.gaussian import blur, blurred_squares, height_lost
from models.codecs.newton import newton_step
from models.codecs.peaks import is_inside

FLOOR = 1e-10
"""The logarithm is taken of nothing smaller."""


def refine_dark(coords: np.ndarray, heatmaps: np.ndarray, kernel: int = 11) -> np.ndarray:
    """Move peaks to the top of the Gaussian around them.

    Derivatives are differences over two cells. Peaks at the border (not 1 < x < W − 2, likewise
    y) and peaks without a top (a Hessian of determinant 0) stay.

    Args:
        coords: (N, K, 2) highest cells, heatmap frame.
        heatmaps: (N, K, H, W).
        kernel: width of the blur in cells, odd; 11 for sigma 2, 17 for sigma 3.

    Returns:
        (N, K, 2) float32.

    Raises:
        ValueError: an even kernel.
    """
    maps = heatmaps.reshape(-1, *heatmaps.shape[2:])
    refined = coords.reshape(-1, 2).astype(np.float32)
    at = np.flatnonzero(is_inside(coords, heatmaps, far_margin=2))
    squares = blurred_squares(maps, at, refined[at], 2, kernel, cv2.BORDER_CONSTANT)
    # As published, maps are as high after the blur as before. That multiplies all values of a map
    # by one factor of 1 or more, of which the derivatives of the logarithm know nothing, except
    # where a value is so small that the floor stands in for it.
    low = np.flatnonzero((squares < FLOOR).any(axis=(1, 2)))
    if len(low):
        blurred = blur(maps[at[low]], kernel, cv2.BORDER_CONSTANT)
        squares[low] *= height_lost(maps[at[low]], blurred)
    value = np.log(np.maximum(squares, FLOOR)).transpose(1, 2, 0)  # (row, column, peak)

    x = 0.5 * (value[2, 3] - value[2, 1])
    y = 0.5 * (value[3, 2] - value[1, 2])
    xx = 0.25 * (value[2, 4] - 2 * value[2, 2] + value[2, 0])
    yy = 0.25 * (value[4, 2] - 2 * value[2, 2] + value[0, 2])
    xy = 0.25 * (value[3, 3] - value[1, 3] - value[3, 1] + value[1, 1])
    refined[at] = coords.reshape(-1, 2)[at] + newton_step(x, y, xx, xy, yy)
    return refined.reshape(coords.shape)
