"""UDP encoding: sizes counted between pixel middles, a Gaussian at the exact joint.

Source: Huang et al., The Devil Is in the Details (CVPR 2020). Only its Gaussian heatmap is built;
its other form, heatmaps combined with offset maps ("CombinedTarget"), is not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.codecs.frames import crop_to_heatmap
from models.codecs.gaussian import blurred_squares, gaussian_maps, window_touches
from models.codecs.newton import newton_step
from models.codecs.peaks import heatmap_peaks
from models.codecs.weights import visibility_weight

LOWEST, HIGHEST = 0.001, 50.0
"""Blurred heatmaps are clipped to these before the logarithm."""

FLAT = float(np.finfo(np.float32).eps)
"""Added to the Hessian's diagonal, as published, so that a flat region has an inverse."""


def encode_udp(
    joints: np.ndarray,
    visible: np.ndarray,
    image_size: ArrayLike,
    heatmap_size: ArrayLike,
    sigma: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Target heatmaps of the joints: the mean exact, the ±3 sigma square around its nearest cell.

    Args:
        joints: (K, 3), crop frame (as `udp_matrix` makes it); x and y are read.
        visible: (K, 3) visibility; the first column is read.
        image_size: (w, h) of the crop.
        heatmap_size: (w, h) of the heatmap.
        sigma: spread of the Gaussian in cells.

    Returns:
        target (K, H, W) float32 and weight (K, 1) float32: the visibility, and 0 for a joint
        whose ±3 sigma lie outside the heatmap.

    Raises:
        ValueError: shapes that do not fit, a size that is not above 1, a sigma not above 0.
    """
    mean = crop_to_heatmap(joints, image_size, heatmap_size, use_udp=True)
    window = np.trunc(mean + 0.5)
    weight = visibility_weight(visible, window_touches(window, heatmap_size, sigma))
    return gaussian_maps(mean, heatmap_size, sigma, window, shown=weight[:, 0] > 0.5), weight


def decode_udp(heatmaps: np.ndarray, kernel: int = 11) -> tuple[np.ndarray, np.ndarray]:
    """Peaks, moved by one Newton step on the logarithm of the blurred heatmaps.

    Unlike `dark.refine_dark`: differences over one cell and not two, a blur that goes on
    mirrored beyond the border and keeps its own height, and a step at the border as well.

    Args:
        heatmaps: (N, K, H, W).
        kernel: width of the blur in cells, odd.

    Returns:
        coords (N, K, 2) float32, heatmap frame, (−1, −1) where nothing is above 0; and the
        maxima of the heatmaps (N, K, 1).

    Raises:
        ValueError: heatmaps of another shape, an even kernel.
    """
    coords, scores = heatmap_peaks(heatmaps)
    # The published routine also moves (−1, −1), by what it reads in the joint before. We do not.
    at = np.flatnonzero(scores > 0)
    peaks = coords.reshape(-1, 2)
    maps = heatmaps.reshape(-1, *heatmaps.shape[2:])
    squares = blurred_squares(maps, at, peaks[at], 1, kernel, cv2.BORDER_REFLECT_101)
    value = np.log(np.clip(squares, LOWEST, HIGHEST)).transpose(1, 2, 0)  # (row, column, peak)
    x = 0.5 * (value[1, 2] - value[1, 0])
    y = 0.5 * (value[2, 1] - value[0, 1])
    xx = value[1, 2] - 2 * value[1, 1] + value[1, 0]
    yy = value[2, 1] - 2 * value[1, 1] + value[0, 1]
    xy = 0.5 * (
        (value[2, 2] - value[1, 2] - value[2, 1] + value[1, 1])
        + (value[0, 0] - value[1, 0] - value[0, 1] + value[1, 1])
    )
    peaks[at] += newton_step(x, y, xx + FLAT, xy, yy + FLAT)
    return peaks.reshape(coords.shape), scores
