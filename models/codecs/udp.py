"""UDP: sizes counted between pixel middles; a Gaussian at the exact keypoint, or offset maps.

Source: Huang et al., The Devil Is in the Details (CVPR 2020). The Gaussian form is in this file,
the form with offset maps ("CombinedTarget") in `udp_offsets.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.codecs import udp_offsets
from models.codecs.base import Codec, Maps
from models.codecs.flip import Heatmaps, flip_back
from models.codecs.frames import crop_to_heatmap, heatmap_to_image
from models.codecs.gaussian import (
    blurred_squares,
    check_kernel,
    check_sigma,
    gaussian_maps,
    known_sigma,
    window_touches,
)
from models.codecs.newton import newton_step
from models.codecs.peaks import heatmap_peaks
from models.codecs.weights import visibility_weight
from models.registry import CODECS

LOWEST, HIGHEST = 0.001, 50.0
"""Blurred heatmaps are clipped to these before the logarithm."""

FLAT = float(np.finfo(np.float32).eps)
"""Added to the Hessian's diagonal, as published, so that a flat region has an inverse."""

HEATMAP_TYPES = ("gaussian", "combined")


@CODECS.register_module()
@dataclass(frozen=True)
class UDPHeatmap(Codec):
    """Codec of unbiased data processing; it belongs with `TopDownAffine(use_udp=True)`.

    Args:
        heatmap_type: 'gaussian', one map a keypoint, read by Newton's step on the logarithm of
            the blurred map; or 'combined', three maps a keypoint (a disc, and the offsets in x
            and y), read as the offset at the disc's peak.
        sigma: spread of the Gaussian in heatmap pixels; None leaves it to `data_cfg.sigma`. Plays
            no part in 'combined'.
        radius_factor: radius of the disc, as a share of the heatmap's height. Plays no part in
            'gaussian'.
        blur_kernel: width of the decoder's blur in heatmap pixels, odd.
    """

    heatmap_type: str = "gaussian"
    sigma: float | None = None
    radius_factor: float = udp_offsets.RADIUS_FACTOR
    blur_kernel: int = 11
    udp: ClassVar[bool] = True
    independent: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.heatmap_type not in HEATMAP_TYPES:
            raise ValueError(
                f"UDPHeatmap.heatmap_type is {self.heatmap_type!r}; choose one of "
                f"{', '.join(HEATMAP_TYPES)}"
            )
        check_sigma(self.sigma)
        if not self.radius_factor > 0:
            raise ValueError(
                f"UDPHeatmap.radius_factor {self.radius_factor} must be above 0; published is "
                f"{udp_offsets.RADIUS_FACTOR}"
            )
        check_kernel(self.blur_kernel)

    @property
    def _combined(self) -> bool:
        return self.heatmap_type == "combined"

    def encode(
        self,
        keypoints: np.ndarray,
        visible: np.ndarray,
        input_size: ArrayLike,
        heatmap_size: ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        given = keypoints, visible, input_size, heatmap_size
        if self._combined:
            return udp_offsets.encode_combined(*given, self.radius_factor)
        return encode_udp(*given, known_sigma(self.sigma, "UDPHeatmap"))

    def decode(
        self, heatmaps: np.ndarray, center: ArrayLike, scale: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        heatmaps = np.asarray(heatmaps)
        if self._combined:
            coords, scores = udp_offsets.decode_combined(
                heatmaps, self.radius_factor, self.blur_kernel
            )
        else:
            coords, scores = decode_udp(heatmaps, self.blur_kernel)
        size = heatmaps.shape[:1:-1]
        return heatmap_to_image(coords, center, scale, size, use_udp=True), scores

    def channels(self, keypoints: int) -> int:
        return 3 * keypoints if self._combined else keypoints

    def keypoint_maps(self, heatmaps: Maps) -> Maps:
        return heatmaps[..., ::3, :, :] if self._combined else heatmaps

    def flip_back(
        self, heatmaps: Heatmaps, flip_pairs: Iterable[tuple[int, int]], shift: bool = False
    ) -> Heatmaps:
        flip = udp_offsets.flip_back_combined if self._combined else flip_back
        return flip(heatmaps, flip_pairs, shift)

    def with_default_sigma(self, sigma: float | None) -> Codec:
        return self if self.sigma or self._combined else replace(self, sigma=sigma)

    @property
    def summary(self) -> str:
        if self._combined:
            return "UDP: offset maps at the peak of the blurred disc"
        return "UDP: Newton's step on the logarithm of the blurred heatmap"


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
