"""DARK: the peak moved by one Newton step on the logarithm of the blurred heatmap.

The logarithm of a Gaussian is a parabola, whose top one step finds. Source: Zhang et al.,
Distribution-Aware Coordinate Representation for Human Pose Estimation (CVPR 2020).
"""

from __future__ import annotations

import numpy as np

from models.codecs.gaussian import blur_keeping_peaks
from models.codecs.newton import newton_step
from models.codecs.peaks import is_inside, value_beside

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
    blurred = blur_keeping_peaks(heatmaps, kernel)

    def value(dx: int, dy: int) -> np.ndarray:
        return np.log(np.maximum(value_beside(blurred, coords, dx, dy), FLOOR))

    x = 0.5 * (value(1, 0) - value(-1, 0))
    y = 0.5 * (value(0, 1) - value(0, -1))
    xx = 0.25 * (value(2, 0) - 2 * value(0, 0) + value(-2, 0))
    yy = 0.25 * (value(0, 2) - 2 * value(0, 0) + value(0, -2))
    xy = 0.25 * (value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1))
    inside = is_inside(coords, heatmaps, far_margin=2)[..., None]
    return np.where(inside, coords + newton_step(x, y, xx, xy, yy), coords).astype(np.float32)
