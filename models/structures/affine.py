"""The matrix that takes image coordinates into a crop, its inverse, and points through either.

A 2×3 matrix M maps a point as M · (x, y, 1). The crop is a similarity: one factor for both axes,
given by the widths alone, so the height of `scale` never stretches a picture.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.structures.boxes import PIXEL_STD


def crop_matrix(
    center: ArrayLike, scale: ArrayLike, rotation_deg: float, output_size_wh: ArrayLike
) -> np.ndarray:
    """Matrix (2, 3) float64 from the image to the crop.

    `center` lands on (w/2, h/2) of the output, the width scale[0] · 200 becomes its width w, and
    what points up in the crop is the image's up direction turned clockwise (on the screen) by
    `rotation_deg`.

    Args:
        center: middle of the crop (2,), image frame.
        scale: width and height of the crop (2,), in units of 200 px; only the width counts.
        rotation_deg: degrees.
        output_size_wh: size (w, h) of the crop, or of the heatmap to map into that frame.

    Raises:
        ValueError: a scale or size that is not above 0, or not two finite numbers.
    """
    return cv2.getAffineTransform(*_corners(center, scale, rotation_deg, output_size_wh))


def inverse_crop_matrix(
    center: ArrayLike, scale: ArrayLike, rotation_deg: float, output_size_wh: ArrayLike
) -> np.ndarray:
    """Matrix (2, 3) float64 from the crop back to the image; arguments as for `crop_matrix`."""
    source, target = _corners(center, scale, rotation_deg, output_size_wh)
    return cv2.getAffineTransform(target, source)


def udp_matrix(
    center: ArrayLike, scale: ArrayLike, rotation_deg: float, output_size_wh: ArrayLike
) -> np.ndarray:
    """Matrix (2, 3) float64 from the image to the crop, for unbiased data processing (UDP).

    Lengths are counted between the middles of the outer pixels, so w pixels are w − 1 long:
    `center` lands on ((w − 1)/2, (h − 1)/2) and flipping commutes with the crop. Unlike in
    `crop_matrix`, each axis has its own factor, and a positive rotation turns the other way
    round (as published; random rotations are symmetric, so training does not see it).

    Source: Huang et al., The Devil Is in the Details, CVPR 2020.

    Raises:
        ValueError: a scale that is not above 0, a size not above 1, or not two numbers.
    """
    center, scale, size = _checked(center, scale, output_size_wh)
    if (size <= 1).any():
        raise ValueError(f"output size {size.tolist()} must be above 1 pixel for UDP")
    zoom = (size - 1) / (scale * PIXEL_STD)
    linear = zoom[:, None] * _rotation(rotation_deg)
    return np.column_stack([linear, 0.5 * (size - 1) - linear @ center])


def transform_points(points: ArrayLike, matrix: np.ndarray) -> np.ndarray:
    """Points (..., 2) through a matrix (2, 3): the points (..., 2) in its target frame, float64."""
    points = np.asarray(points, dtype=np.float64)
    return points @ matrix[:, :2].T + matrix[:, 2]


def _rotation(degrees: float) -> np.ndarray:
    """Matrix (2, 2) that turns x towards y: clockwise on the screen, where y points down."""
    angle = np.deg2rad(degrees)
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _corners(
    center: ArrayLike, scale: ArrayLike, rotation_deg: float, output_size_wh: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Three points (3, 2) in the image and the three that they become in the crop."""
    center, scale, size = _checked(center, scale, output_size_wh)
    angle, length = np.deg2rad(rotation_deg), 0.5 * float(scale[0]) * PIXEL_STD
    up = float(np.sin(angle)) * length, float(-np.cos(angle)) * length
    return _right_angle(*center.tolist(), *up), _corners_of_crop(*size.tolist())


@lru_cache(maxsize=64)  # a run has one or two sizes
def _corners_of_crop(width: float, height: float) -> np.ndarray:
    corners = _right_angle(0.5 * width, 0.5 * height, 0.0, -0.5 * width)
    corners.flags.writeable = False
    return corners


def _right_angle(x: float, y: float, arm_x: float, arm_y: float) -> np.ndarray:
    """A corner, the end of its arm, and that end's neighbour at a right angle: (3, 2) float32.

    OpenCV takes float32. The third point is made from the two rounded ones, as the published
    training did: for small persons the rounding shows in the third decimal of the matrix.
    """
    two = np.array([(x, y), (x + arm_x, y + arm_y)], np.float32)
    across, down = (two[0] - two[1]).tolist()
    (x, y), end = two.tolist()
    # Sums of float32 in float64 and rounded once are the sums in float32.
    return np.array([(x, y), end, (end[0] - down, end[1] + across)], np.float32)


def _checked(
    center: ArrayLike, scale: ArrayLike, size: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    arrays = [np.asarray(value, dtype=np.float64) for value in (center, scale, size)]
    for name, array in zip(("center", "scale", "output size (w, h)"), arrays, strict=True):
        if array.shape != (2,) or not (math.isfinite(array[0]) and math.isfinite(array[1])):
            raise ValueError(f"{name} must be two finite numbers, not {array.tolist()}")
    center, scale, size = arrays
    if not (scale[0] > 0 and scale[1] > 0 and size[0] > 0 and size[1] > 0):
        raise ValueError(
            f"scale {scale.tolist()} and output size {size.tolist()} must be above 0; "
            "an empty box has no crop"
        )
    return center, scale, size
