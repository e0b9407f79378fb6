"""MSRA encoding: a Gaussian of peak 1 at the joint; the decoder moves the peak a quarter cell.

The scheme of Xiao et al., Simple Baselines for Human Pose Estimation (ECCV 2018), which the
published Lite-HRNet configs train with. The unbiased variant, with the mean not rounded, is of
Zhang et al., Distribution-Aware Coordinate Representation (DARK, CVPR 2020).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.codecs.frames import crop_to_heatmap
from models.codecs.gaussian import gaussian_maps, window_touches
from models.codecs.peaks import is_inside, slopes
from models.codecs.weights import visibility_weight


def encode_msra(
    joints: np.ndarray,
    visible: np.ndarray,
    image_size: ArrayLike,
    heatmap_size: ArrayLike,
    sigma: float,
    unbiased: bool = False,
) -> tuple[np.ndarray, np.ndarray]:
    """Target heatmaps of the joints.

    Args:
        joints: (K, 3), crop frame; x and y are read.
        visible: (K, 3) visibility; the first column is read.
        image_size: (w, h) of the crop.
        heatmap_size: (w, h) of the heatmap.
        sigma: spread of the Gaussian in cells.
        unbiased: put the mean where the joint is, not at the nearest cell, and cut nothing off.

    Returns:
        target (K, H, W) float32 and weight (K, 1) float32: the visibility, and 0 for a joint
        whose ±3 sigma lie outside the heatmap.

    Raises:
        ValueError: shapes that do not fit, a size or sigma that is not above 0.
    """
    mean = crop_to_heatmap(joints, image_size, heatmap_size)
    if not unbiased:
        mean = np.trunc(mean + 0.5)  # towards 0, so the nearest cell on the heatmap only
    weight = visibility_weight(visible, window_touches(mean, heatmap_size, sigma))
    window = None if unbiased else mean
    return gaussian_maps(mean, heatmap_size, sigma, window, shown=weight[:, 0] > 0.5), weight


def refine_quarter_pixel(coords: np.ndarray, heatmaps: np.ndarray) -> np.ndarray:
    """Move peaks a quarter of a cell towards the higher neighbour, along x and along y.

    Args:
        coords: (N, K, 2) highest cells, heatmap frame.
        heatmaps: (N, K, H, W).

    Returns:
        (N, K, 2) float32; peaks at the border (not 1 < x < W − 1, likewise y) stay.
    """
    inside = is_inside(coords, heatmaps, far_margin=1)
    steps = np.where(inside, 0.25 * np.sign(slopes(heatmaps, coords)), 0)
    return (coords + steps.transpose(1, 2, 0)).astype(np.float32, copy=False)
