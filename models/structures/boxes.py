"""A person's box and the crop that is cut around it.

The crop has the aspect of the network's input and 25 % of padding; it is written as a center and a
scale in units of 200 pixels, the unit in which MPII gives a person's height.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

PIXEL_STD = 200.0
PADDING = 1.25


def box_to_center_scale(
    box_xywh: ArrayLike, aspect_ratio: float, padding: float = PADDING
) -> tuple[np.ndarray, np.ndarray]:
    """Center and scale of the crop around a box; the side that is too short is widened.

    Args:
        box_xywh: box (..., 4) in the image frame.
        aspect_ratio: width / height of the network's input.
        padding: how much larger than the box the crop is.

    Returns:
        center (..., 2) in the image frame and scale (..., 2) in units of 200 px, float32.

    Raises:
        ValueError: a box that is not finite or has no extent, an aspect or padding not above 0.
    """
    if not (aspect_ratio > 0 and padding > 0):
        raise ValueError(
            f"aspect_ratio {aspect_ratio} and padding {padding} must be above 0; "
            "aspect_ratio is width / height of image_size"
        )
    box = np.asarray(box_xywh, dtype=np.float64)
    if box.shape[-1:] != (4,):
        raise ValueError(f"a box is (x, y, w, h); got an array of shape {box.shape}")
    size = box[..., 2:]
    usable = np.isfinite(box).all(-1) & (size >= 0).all(-1) & (size > 0).any(-1)
    if not usable.all():
        raise ValueError(
            f"box (x, y, w, h) = {box[~usable][0].tolist()} has no extent or is not finite; "
            "remove it from the annotation or detection file"
        )
    center = box[..., :2] + 0.5 * size
    width = np.maximum(size[..., 0], size[..., 1] * aspect_ratio)
    height = np.maximum(size[..., 1], size[..., 0] / aspect_ratio)
    scale = np.stack([width, height], axis=-1) / PIXEL_STD * padding
    return center.astype(np.float32), scale.astype(np.float32)


def xywh_to_xyxy(boxes: ArrayLike) -> np.ndarray:
    """Boxes (..., 4 or more) from x, y, w, h to their two corners; further columns stay.

    As in mmpose 0.29 the second corner is x + w, y + h.
    """
    boxes = np.array(boxes, dtype=np.float64)
    boxes[..., 2:4] += boxes[..., :2]
    return boxes


def xyxy_to_xywh(boxes: ArrayLike) -> np.ndarray:
    """The inverse of `xywh_to_xyxy`."""
    boxes = np.array(boxes, dtype=np.float64)
    boxes[..., 2:4] -= boxes[..., :2]
    return boxes


def box_iou(boxes: ArrayLike, others: ArrayLike) -> np.ndarray:
    """Intersection over union (N, M) of boxes (N, 4) with others (M, 4), given by their corners.

    A box without an area shares nothing.
    """
    boxes, others = (np.asarray(b, dtype=np.float64) for b in (boxes, others))
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:4], others[None, :, 2:4])
    shared = np.maximum(high - low, 0).prod(axis=-1)
    areas, other_areas = ((b[:, 2:4] - b[:, :2]).prod(axis=1) for b in (boxes, others))
    return shared / np.maximum(areas[:, None] + other_areas[None] - shared, np.spacing(1))


def clip_box(box_xywh: ArrayLike, width: int, height: int) -> np.ndarray | None:
    """Clip a labelled box to its image, as the published training did.

    The far corner is taken as the last pixel inside the box, x + w − 1, and the new size as the
    difference of the corners; so even a box that lies within the image shrinks by one pixel.
    Crops, and with them published scores, depend on it.

    Args:
        box_xywh: box (4,) in the image frame.
        width: columns of the image.
        height: rows of the image.

    Returns:
        The clipped box (4,) float64, or None where nothing of it is left.

    Raises:
        ValueError: the box is not four numbers, or the image has no size.
    """
    box = np.asarray(box_xywh, dtype=np.float64)
    if box.shape != (4,):
        raise ValueError(f"a box is (x, y, w, h); got an array of shape {box.shape}")
    if width <= 0 or height <= 0:
        raise ValueError(
            f"an image of width {width} and height {height} holds no box; "
            "correct its size in the annotation file"
        )
    first = np.maximum(box[:2], 0)
    last = np.minimum(first + np.maximum(box[2:] - 1, 0), (width - 1, height - 1))
    if not (last > first).all():
        return None
    return np.concatenate([first, last - first])
