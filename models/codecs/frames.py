"""Joints between the frames: crop → heatmap for the target, heatmap → image for the answer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.structures.boxes import PIXEL_STD


def crop_to_heatmap(
    joints: np.ndarray, image_size: ArrayLike, heatmap_size: ArrayLike, use_udp: bool = False
) -> np.ndarray:
    """Where joints of the crop lie on the heatmap, not rounded.

    Args:
        joints: (K, 2) or (K, 3), crop frame; only x and y are read.
        image_size: (w, h) of the crop.
        heatmap_size: (w, h) of the heatmap.
        use_udp: count lengths between the middles of the outer pixels (w − 1), as UDP does.

    Returns:
        (K, 2) float64, heatmap frame.

    Raises:
        ValueError: joints of another shape or not finite, or a size that is not above 0.
    """
    points = finite_points(joints)
    image_length = lengths(image_size, "image_size", use_udp)
    heatmap_length = lengths(heatmap_size, "heatmap_size", use_udp)
    return points * (heatmap_length / image_length)


def finite_points(joints: np.ndarray) -> np.ndarray:
    """x and y of joints (K, 2) or (K, 3) as (K, 2) float64.

    Raises:
        ValueError: joints of another shape or not finite.
    """
    joints = np.asarray(joints, dtype=np.float64)
    if joints.ndim != 2 or joints.shape[1] not in (2, 3):
        raise ValueError(f"joints must have shape (K, 3), not {joints.shape}")
    if not np.isfinite(joints).all():
        row = int(np.argmin(np.isfinite(joints).all(axis=1)))
        raise ValueError(f"joint {row} is {joints[row].tolist()}; correct it in the annotations")
    return joints[:, :2]


def heatmap_to_image(
    coords: np.ndarray,
    center: ArrayLike,
    scale: ArrayLike,
    heatmap_size: ArrayLike,
    use_udp: bool = False,
) -> np.ndarray:
    """Points of the heatmap back in the image; the crop is taken as not rotated.

    Args:
        coords: (..., K, 2), heatmap frame.
        center: (..., 2) middle of the crop, image frame.
        scale: (..., 2) width and height of the crop, in units of 200 px.
        heatmap_size: (w, h).
        use_udp: as for `crop_to_heatmap`.

    Returns:
        (..., K, 2) float32, image frame.

    Raises:
        ValueError: a size that is not above 0, or shapes that do not fit.
    """
    coords = np.asarray(coords, dtype=np.float64)
    center = np.asarray(center, dtype=np.float64)
    extent = np.asarray(scale, dtype=np.float64) * PIXEL_STD
    for name, value in (("center", center), ("scale", extent)):
        if value.shape != (*coords.shape[:-2], 2):
            raise ValueError(
                f"{name} has shape {value.shape}, but coords of shape {coords.shape} "
                f"need {(*coords.shape[:-2], 2)}"
            )
    cell = extent / lengths(heatmap_size, "heatmap_size", use_udp)
    upper_left = center - 0.5 * extent
    points = np.empty(coords.shape, dtype=np.float32)
    for axis in (0, 1):
        points[..., axis] = coords[..., axis] * cell[..., None, axis] + upper_left[..., None, axis]
    return points


def lengths(size: ArrayLike, name: str, use_udp: bool) -> np.ndarray:
    """(2,) float64: a size (w, h), for UDP between the middles of the outer pixels.

    Raises:
        ValueError: it is not above 0.
    """
    size = np.asarray(size, dtype=np.float64)
    lengths = size - 1 if use_udp else size
    if size.shape != (2,) or not (lengths > 0).all():
        least = "above 1 for UDP" if use_udp else "above 0"
        raise ValueError(f"{name} must be (w, h), each {least}, not {size.tolist()}")
    return lengths
