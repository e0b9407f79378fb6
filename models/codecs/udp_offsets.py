"""UDP with offset maps ("CombinedTarget"): a disc around each keypoint, and the way to it.

Three maps a keypoint: 1 inside of a disc around it, and in the disc how far the keypoint is to the
right and below, in radii of the disc. Source: Huang et al., The Devil Is in the Details (CVPR
2020); numbers as in mmpose 0.29.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.codecs.flip import Heatmaps, flip_back
from models.codecs.frames import finite_points, lengths
from models.codecs.gaussian import blurred_squares, check_kernel
from models.codecs.peaks import heatmap_peaks
from models.codecs.weights import visibility_weight

RADIUS_FACTOR = 0.0546875
"""The published radius, as a share of the heatmap's height: 3.5 heatmap pixels of 64."""


def encode_combined(
    keypoints: np.ndarray,
    visible: np.ndarray,
    input_size: ArrayLike,
    heatmap_size: ArrayLike,
    radius_factor: float = RADIUS_FACTOR,
) -> tuple[np.ndarray, np.ndarray]:
    """Target maps of the keypoints.

    Args:
        keypoints: (K, 3), crop frame (as `udp_matrix` makes it); x and y are read.
        visible: (K, 3) visibility; the first column is read.
        input_size: (w, h) of the crop.
        heatmap_size: (w, h) of the heatmap.
        radius_factor: radius of the disc, as a share of the heatmap's height.

    Returns:
        target (3K, H, W) float32, the maps of one keypoint after another: disc, offset in x,
        offset in y; and weight (K, 1) float32, the visibility. As published, a keypoint whose disc
        lies outside of the heatmap keeps its weight.

    Raises:
        ValueError: shapes that do not fit, a size that is not above 1.
    """
    input_length = lengths(input_size, "image_size", use_udp=True)
    # Divided by the stride, as published: its last bit says whether a pixel is on the disc's edge.
    stride = input_length / lengths(heatmap_size, "heatmap_size", use_udp=True)
    mean = finite_points(keypoints) / stride
    weight = visibility_weight(visible, np.ones(len(mean), bool))
    width, height = (int(length) for length in heatmap_size)
    radius = radius_factor * height
    # Only heatmap pixels that a disc can reach are looked at: (K, 2, S) columns and rows.
    reach = int(radius) + 1
    pixels = np.floor(mean)[:, :, None] + np.arange(-reach, reach + 1)
    offset = (mean[:, :, None] - pixels) / radius
    inside = offset[:, 0, None, :] ** 2 + offset[:, 1, :, None] ** 2 <= 1
    on_map = (pixels >= 0) & (pixels < np.array([[width], [height]]))
    inside &= on_map[:, 0, None, :] & on_map[:, 1, :, None] & (weight[..., None] > 0.5)
    k, row, column = inside.nonzero()
    x, y = pixels[k, 0, column].astype(int), pixels[k, 1, row].astype(int)
    target = np.zeros((len(mean), 3, height, width), np.float32)
    target[k, 0, y, x] = 1
    target[k, 1, y, x] = offset[k, 0, column]
    target[k, 2, y, x] = offset[k, 1, row]
    return target.reshape(-1, height, width), weight


def decode_combined(
    heatmaps: np.ndarray, radius_factor: float = RADIUS_FACTOR, kernel: int = 11
) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of the blurred discs, moved by the blurred offsets there.

    Args:
        heatmaps: (N, 3K, H, W), see `encode_combined`.
        radius_factor: as the network was taught.
        kernel: width of the offsets' blur in heatmap pixels, odd; discs are blurred by
            2·kernel + 1.

    Returns:
        coords (N, K, 2) float32, heatmap frame, (−1, −1) where nothing is above 0; and the
        maxima of the blurred discs (N, K, 1).

    Raises:
        ValueError: heatmaps of another shape or number, an even kernel.
    """
    check_kernel(kernel)
    heatmaps = np.asarray(heatmaps)
    if heatmaps.ndim != 4 or heatmaps.shape[1] % 3:
        raise ValueError(
            f"heatmaps must have shape (N, 3K, H, W), three a keypoint, not {heatmaps.shape}; the "
            "network's out_channels must fit its codec"
        )
    people, channels, height, width = heatmaps.shape
    maps = heatmaps.reshape(people * channels // 3, 3, height, width)
    # By OpenCV itself, in the heatmaps' own type, as published: peaks are compared with each other.
    size = 2 * kernel + 1
    discs = np.empty((len(maps), height, width), maps.dtype)
    for disc, blurred in zip(maps[:, 0], discs, strict=True):
        cv2.GaussianBlur(disc, (size, size), 0, dst=blurred)
    coords, scores = heatmap_peaks(discs.reshape(people, channels // 3, height, width))
    # The published routine also moves (−1, −1), by what it reads in the joint before. We do not.
    at = np.flatnonzero(scores > 0)
    peaks = coords.reshape(-1, 2)
    offsets = [
        blurred_squares(maps[:, i], at, peaks[at], 0, kernel, cv2.BORDER_REFLECT_101)[:, 0, 0]
        for i in (1, 2)
    ]
    peaks[at] += np.stack(offsets, axis=1) * (radius_factor * height)
    return peaks.reshape(coords.shape), scores


def flip_back_combined(
    heatmaps: Heatmaps, flip_pairs: Iterable[tuple[int, int]], shift: bool = False
) -> Heatmaps:
    """As `flip_back`, for three maps a keypoint: what was to the right is to the left.

    Args:
        heatmaps: (B, 3K, H, W).
        flip_pairs: see `flip_back`.
        shift: see `flip_back`.
    """
    back = flip_back(heatmaps, flip_pairs, shift, maps_per_joint=3)
    back[:, 1::3] *= -1
    return back
