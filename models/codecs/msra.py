"""MSRA heatmaps: a Gaussian of peak 1 at the keypoint, read at its peak.

The peak is moved a quarter of a heatmap pixel, or by DARK (`dark.py`), or not at all.

The scheme of Xiao et al., Simple Baselines for Human Pose Estimation (ECCV 2018), which the
published Lite-HRNet configs train with. The unbiased variant, with the mean not rounded, is of
Zhang et al., Distribution-Aware Coordinate Representation (DARK, CVPR 2020).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from models.codecs.base import Codec
from models.codecs.dark import refine_dark
from models.codecs.frames import crop_to_heatmap, heatmap_to_image
from models.codecs.gaussian import (
    check_kernel,
    check_sigma,
    gaussian_maps,
    known_sigma,
    window_touches,
)
from models.codecs.peaks import heatmap_peaks, is_inside, slopes
from models.codecs.weights import visibility_weight
from models.registry import CODECS

#: how a peak is refined → in words
REFINEMENTS = {
    "none": "highest heatmap pixel",
    "quarter": "highest heatmap pixel, a quarter of a pixel towards the higher neighbour",
    "dark": "DARK: Newton's step on the logarithm of the blurred heatmap",
}


@CODECS.register_module()
@dataclass(frozen=True)
class MSRAHeatmap(Codec):
    """Codec of the published Lite-HRNet configs, and of DARK.

    Args:
        sigma: spread of the Gaussian in heatmap pixels; None leaves it to `data_cfg.sigma`.
        unbiased: encode the exact place, not the nearest heatmap pixel.
        refine: how the decoder refines a peak: 'quarter', 'dark' or 'none'.
        blur_kernel: width of DARK's blur in heatmap pixels, odd; 11 for sigma 2, 17 for sigma 3.
    """

    sigma: float | None = None
    unbiased: bool = False
    refine: str = "quarter"
    blur_kernel: int = 11
    independent: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_sigma(self.sigma)
        if self.refine not in REFINEMENTS:
            raise ValueError(
                f"MSRAHeatmap.refine is {self.refine!r}; choose one of {', '.join(REFINEMENTS)}"
            )
        if self.refine == "dark":
            check_kernel(self.blur_kernel)

    def encode(
        self,
        keypoints: np.ndarray,
        visible: np.ndarray,
        input_size: ArrayLike,
        heatmap_size: ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        sigma = known_sigma(self.sigma, "MSRAHeatmap")
        return encode_msra(keypoints, visible, input_size, heatmap_size, sigma, self.unbiased)

    def decode(
        self, heatmaps: np.ndarray, center: ArrayLike, scale: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        heatmaps = np.asarray(heatmaps)
        coords, scores = heatmap_peaks(heatmaps)
        if self.refine == "quarter":
            coords = refine_quarter_pixel(coords, heatmaps)
        elif self.refine == "dark":
            coords = refine_dark(coords, heatmaps, self.blur_kernel)
        return heatmap_to_image(coords, center, scale, heatmaps.shape[:1:-1]), scores

    def with_default_sigma(self, sigma: float | None) -> Codec:
        return self if self.sigma else replace(self, sigma=sigma)

    @property
    def summary(self) -> str:
        return REFINEMENTS[self.refine]


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
