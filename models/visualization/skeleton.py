"""Skeletons on pictures: limbs and joints, as thick as the person and the picture ask for."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike

from models.structures import KeypointSet
from models.visualization.close_up import CloseUp, close_up, edge_width
from models.visualization.colors import contrast, named_color
from models.visualization.figure import Figure, figure_of
from models.visualization.frames import BOX_COLOR, draw_boxes, draw_tags, picture_side

#: how much of an ellipse covers the picture
_OPACITY = 0.7


def draw_poses(
    image: np.ndarray,
    poses: ArrayLike,
    keypoints: KeypointSet,
    score_thr: float = 0.3,
    *,
    style: str = "sides",
    boxes: ArrayLike | None = None,
    ids: Sequence[int | None] | None = None,
    box_color: str | None = None,
    thickness: float | None = None,
    radius: float | None = None,
) -> np.ndarray:
    """Draw poses on a copy of a picture, readable on light and on dark.

    Args:
        image: (H, W, 3) uint8, BGR.
        poses: (N, K, 3): x, y in the image and score.
        keypoints: names, limbs and colors of the joints.
        score_thr: joints below are left out, and limbs that end in one.
        style: 'sides', lines in the colors of the set, or 'openpose', ellipses in a rainbow.
        boxes: (N, ≥4) upper left and lower right corners x, y, drawn around the people.
        ids: N numbers, each drawn beside its person in a color of its own; None draws none there.
        box_color: name ('green') or '#rrggbb' of boxes of people without a number.
        thickness: of limbs in pixels; by default it follows the sizes of person and picture.
        radius: of joints in pixels; by default it follows the thickness.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        ValueError: the poses have another number of joints, boxes or ids are not as many, or there
            is no such style or color.
    """
    poses = np.asarray(poses, dtype=np.float64)
    if poses.shape[1:] != (keypoints.num_joints, 3):
        raise ValueError(
            f"poses are {poses.shape}; '{keypoints.name}' needs (N, {keypoints.num_joints}, 3)"
        )
    boxes = None if boxes is None else np.asarray(boxes, dtype=np.float64)
    for name, values in (("boxes", boxes), ("ids", ids)):
        if values is not None and len(values) != len(poses):
            raise ValueError(f"{len(values)} {name} for {len(poses)} poses; give one a pose")
    figure = figure_of(keypoints, style)
    canvas = image.copy()
    if boxes is not None:
        draw_boxes(canvas, boxes, ids, named_color(box_color) if box_color else BOX_COLOR)
    for pose in poses:
        _draw(canvas, figure.joints(pose), figure, score_thr, thickness, radius)
    if ids is not None:
        draw_tags(canvas, _extents(poses, score_thr) if boxes is None else boxes, ids)
    return canvas


def _draw(
    canvas: np.ndarray,
    joints: np.ndarray,
    figure: Figure,
    score_thr: float,
    width: float | None,
    radius: float | None,
) -> None:
    seen = (joints[:, 2] >= score_thr) & np.isfinite(joints[:, :2]).all(axis=1)
    if not seen.any():
        return
    height, columns = canvas.shape[:2]
    # What is far outside is drawn no less outside, and OpenCV's numbers are not exceeded.
    points = np.clip(np.where(seen[:, None], joints[:, :2], 0), -1e4, 2e4)
    extent = np.ptp(np.clip(points[seen], 0, (columns, height)), axis=0).max()
    if width is None:
        width = _line_width(float(extent), canvas)
    if radius is None:
        radius = 1.15 * width
    margin = 2 * max(width, radius) + 4
    low, high = points[seen].min(axis=0) - margin, points[seen].max(axis=0) + margin
    with close_up(canvas, low, high, min(width, 2 * radius)) as part:
        if part is not None:
            draw = _draw_ellipses if figure.ellipses else _draw_lines
            draw(part, points, seen, figure, width, radius)


def _draw_lines(
    part: CloseUp,
    points: np.ndarray,
    seen: np.ndarray,
    figure: Figure,
    width: float,
    radius: float,
) -> None:
    limbs = _limbs(points, seen, figure, width)
    radii = _radii(points, seen, figure, radius)
    edge = edge_width(width)
    for outlined in (True, False):  # all outlines first: limbs cross without gaps
        more = edge if outlined else 0.0
        for a, b, thick, color in limbs:
            part.line(a, b, thick + 2 * more, contrast(color) if outlined else color)
        for joint in np.flatnonzero(seen):
            color = figure.joint_colors[joint]
            part.dot(points[joint], radii[joint] + more, contrast(color) if outlined else color)


def _draw_ellipses(
    part: CloseUp,
    points: np.ndarray,
    seen: np.ndarray,
    figure: Figure,
    width: float,
    radius: float,
) -> None:
    limbs = _limbs(points, seen, figure, 2.2 * width)
    radii = _radii(points, seen, figure, radius)
    below = part.pixels.copy()
    for outlined in (True, False):
        more = edge_width(width) if outlined else 0.0
        for a, b, thick, color in limbs:
            part.ellipse(a, b, thick + 2 * more, contrast(color) if outlined else color)
    cv2.addWeighted(part.pixels, _OPACITY, below, 1 - _OPACITY, 0, dst=part.pixels)
    for joint in np.flatnonzero(seen):
        color = figure.joint_colors[joint]
        part.dot(points[joint], radii[joint] + edge_width(width), contrast(color))
        part.dot(points[joint], radii[joint], color)


def _limbs(
    points: np.ndarray, seen: np.ndarray, figure: Figure, width: float
) -> list[tuple[np.ndarray, np.ndarray, float, tuple[int, int, int]]]:
    """Ends, thickness and color of the limbs to draw; short ones, as in a face, are thinner."""
    limbs = []
    for (a, b), color in zip(figure.limbs, figure.limb_colors, strict=True):
        if seen[a] and seen[b]:
            length = float(np.hypot(*(points[a] - points[b])))
            limbs.append((points[a], points[b], min(width, max(0.4 * width, 0.3 * length)), color))
    return limbs


def _radii(points: np.ndarray, seen: np.ndarray, figure: Figure, radius: float) -> np.ndarray:
    """Radii (J,) of the joints; where the next joint of a limb is near, they do not touch."""
    nearest = np.full(len(points), np.inf)
    for a, b in figure.limbs:
        if seen[a] and seen[b]:
            length = np.hypot(*(points[a] - points[b]))
            nearest[[a, b]] = np.minimum(nearest[[a, b]], length)
    return np.clip(0.3 * nearest, 0.5 * radius, radius)


def _line_width(extent: float, canvas: np.ndarray) -> float:
    """By the person, so that small people are not painted over; by the picture, to be seen."""
    side = picture_side(canvas)
    return float(np.clip(extent / 68, max(0.9, side / 1000), max(0.9, side / 60)))


def _extents(poses: np.ndarray, score_thr: float) -> np.ndarray:
    """Boxes (N, 4) around the joints that are drawn; NaN around none."""
    boxes = np.full((len(poses), 4), np.nan)
    for box, pose in zip(boxes, poses, strict=True):
        seen = pose[(pose[:, 2] >= score_thr) & np.isfinite(pose).all(axis=1), :2]
        if len(seen):
            box[:2], box[2:] = seen.min(axis=0), seen.max(axis=0)
    return boxes
