"""Skeletons on pictures: limbs and joints in the colours of their side."""

from __future__ import annotations

import cv2
import numpy as np

from models.structures import KeypointSet
from models.structures.keypoints import Color

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel


def draw_poses(
    image: np.ndarray,
    poses: np.ndarray,
    keypoints: KeypointSet,
    score_thr: float = 0.3,
) -> np.ndarray:
    """Draw poses on a copy of a picture, readable on light and on dark.

    Args:
        image: (H, W, 3) uint8, BGR.
        poses: (N, K, 3): x, y in the image and score.
        keypoints: names, limbs and colours of the joints.
        score_thr: joints below are left out, and limbs that end in one.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        ValueError: the poses have another number of joints.
    """
    poses = np.asarray(poses, dtype=np.float64)
    if poses.shape[1:] != (keypoints.num_joints, 3):
        raise ValueError(
            f"poses are {poses.shape}; '{keypoints.name}' needs (N, {keypoints.num_joints}, 3)"
        )
    canvas = image.copy()
    for pose in poses:
        seen = pose[:, 2] >= score_thr
        if not seen.any():
            continue
        # Line width follows the person, so that small people are not painted over.
        extent = np.ptp(pose[seen, :2], axis=0).max()
        width = int(np.clip(round(extent / 90), 1, 12))
        for outline in (True, False):  # all outlines first: limbs cross without gaps
            for (a, b), color in zip(keypoints.skeleton, keypoints.link_colors, strict=True):
                if seen[a] and seen[b]:
                    _line(canvas, pose[a], pose[b], color, width, outline)
            for joint in np.flatnonzero(seen):
                _dot(canvas, pose[joint], keypoints.colors[joint], 1.2 * width + 0.5, outline)
    return canvas


def _line(
    canvas: np.ndarray, a: np.ndarray, b: np.ndarray, color: Color, width: int, outline: bool
) -> None:
    thickness, bgr = (width + 2, (20, 20, 20)) if outline else (width, _bgr(color))
    cv2.line(canvas, _fixed(a), _fixed(b), bgr, thickness, cv2.LINE_AA, _SHIFT)


def _dot(canvas: np.ndarray, point: np.ndarray, color: Color, radius: float, outline: bool) -> None:
    radius, bgr = (radius + 1, (20, 20, 20)) if outline else (radius, _bgr(color))
    cv2.circle(canvas, _fixed(point), round(radius * 2**_SHIFT), bgr, -1, cv2.LINE_AA, _SHIFT)


def _fixed(point: np.ndarray) -> tuple[int, int]:
    x, y = np.clip(point[:2], -1e4, 1e4) * 2**_SHIFT
    return round(x), round(y)


def _bgr(color: Color) -> Color:
    red, green, blue = color
    return blue, green, red
