"""Megvii encoding: a light in one cell, blurred and scaled to 255; decoded after another blur.

Source: Li et al., Rethinking on Multi-Stage Networks for Human Pose Estimation (MSPN, 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.codecs.base import Codec
from models.codecs.frames import crop_to_heatmap, heatmap_to_image
from models.codecs.gaussian import blur_keeping_peaks, blur_matrix, check_kernel
from models.codecs.msra import refine_quarter_pixel
from models.codecs.peaks import heatmap_peaks, is_inside
from models.codecs.weights import visibility_weight
from models.registry import CODECS

PEAK = 255.0


@CODECS.register_module()
@dataclass(frozen=True)
class MegviiHeatmap(Codec):
    """Codec of MSPN.

    Args:
        kernel: (w, h) of the target's blur in heatmap pixels, odd.
        blur_kernel: width of the decoder's blur in heatmap pixels, odd.
    """

    kernel: tuple[int, int] = (11, 11)
    blur_kernel: int = 11
    independent: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if np.shape(self.kernel) != (2,):
            raise ValueError(f"MegviiHeatmap.kernel must be (w, h), not {self.kernel}")
        object.__setattr__(self, "kernel", tuple(self.kernel))
        for kernel in (*self.kernel, self.blur_kernel):
            check_kernel(kernel)

    def encode(
        self,
        keypoints: np.ndarray,
        visible: np.ndarray,
        input_size: ArrayLike,
        heatmap_size: ArrayLike,
    ) -> tuple[np.ndarray, np.ndarray]:
        return encode_megvii(keypoints, visible, input_size, heatmap_size, self.kernel)

    def decode(
        self, heatmaps: np.ndarray, center: ArrayLike, scale: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray]:
        heatmaps = np.asarray(heatmaps)
        coords, scores = decode_megvii(heatmaps, self.blur_kernel)
        return heatmap_to_image(coords, center, scale, heatmaps.shape[:1:-1]), scores

    @property
    def summary(self) -> str:
        return "Megvii's: blurred, a quarter of a heatmap pixel, and half a one for the rounding"


def encode_megvii(
    joints: np.ndarray,
    visible: np.ndarray,
    image_size: ArrayLike,
    heatmap_size: ArrayLike,
    kernel: tuple[int, int] = (11, 11),
) -> tuple[np.ndarray, np.ndarray]:
    """Target heatmaps of the joints, 255 at the joint's cell.

    Args:
        joints: (K, 3), crop frame; x and y are read.
        visible: (K, 3) visibility; the first column is read.
        image_size: (w, h) of the crop.
        heatmap_size: (w, h) of the heatmap.
        kernel: (w, h) of the blur in cells, odd.

    Returns:
        target (K, H, W) float32 and weight (K, 1) float32: the visibility, and 0 for a joint
        outside the heatmap.

    Raises:
        ValueError: shapes that do not fit, a size that is not above 0, an even kernel.
    """
    cells = np.trunc(crop_to_heatmap(joints, image_size, heatmap_size)).astype(int)
    width, height = (int(length) for length in heatmap_size)
    on_map = ((cells >= 0) & (cells < (width, height))).all(axis=1)
    weight = visibility_weight(visible, on_map)
    # A light in one cell, blurred, is the product of a blurred row and a blurred column.
    x, y = np.where(on_map[:, None], cells, 0).T
    columns = blur_matrix(width, kernel[0], cv2.BORDER_REFLECT_101).T[x]
    rows = blur_matrix(height, kernel[1], cv2.BORDER_REFLECT_101).T[y]
    target = rows[:, :, None] * columns[:, None, :]
    at_joint = target[np.arange(len(cells)), y, x][:, None, None]
    return (target * (PEAK / at_joint * (weight >= 1)[..., None])).astype(np.float32), weight


def decode_megvii(heatmaps: np.ndarray, kernel: int = 11) -> tuple[np.ndarray, np.ndarray]:
    """Peaks of the blurred heatmaps, moved as `refine_quarter_pixel` does and by half a cell.

    Args:
        heatmaps: (N, K, H, W).
        kernel: width of the blur in cells, odd.

    Returns:
        coords (N, K, 2) float32, heatmap frame, and scores (N, K, 1) = maximum / 255 + 0.5, as
        published, although a maximum of 255 then scores 1.5.

    Raises:
        ValueError: heatmaps of another shape, an even kernel.
    """
    blurred = blur_keeping_peaks(heatmaps, kernel)
    peaks, scores = heatmap_peaks(blurred)
    # Encoding cut the fraction off; half a cell is what that takes away on average.
    half = 0.5 * is_inside(peaks, blurred, far_margin=1)[..., None]
    coords = refine_quarter_pixel(peaks, blurred) + half.astype(np.float32)
    return coords, (scores / PEAK + 0.5).astype(heatmaps.dtype)
