"""Annotated people: what is visible filled, what is occluded hollow, and their boxes."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from models.structures import KeypointSet
from models.visualization.skeleton import draw_poses

DARK, LIGHT = (20, 20, 20), (255, 255, 255)
PLAIN_BOX, CHOSEN_BOX, ALARM = (235, 235, 235), (0, 220, 255), (60, 60, 255)  # BGR
_SHIFT = 4


def draw_annotations(
    image: np.ndarray,
    joints: np.ndarray,
    keypoints: KeypointSet,
    boxes: np.ndarray | None = None,
    box_colors: Sequence[tuple[int, int, int]] = (),
    marked: np.ndarray | None = None,
) -> np.ndarray:
    """Draw labels on a copy of a picture.

    A joint that is labelled but occluded has a white middle.

    Args:
        image: (H, W, 3) uint8, BGR.
        joints: (N, K, 3) x, y in the image and 0 not labelled, 1 occluded, 2 visible.
        keypoints: names, limbs and colours of the joints.
        boxes: (N, 4) x, y, w, h.
        box_colors: BGR of each; by default light grey.
        marked: (N, K) bool: joints to put a red ring around.

    Returns:
        (H, W, 3) uint8, BGR.
    """
    canvas = image.copy()
    joints = np.asarray(joints, dtype=np.float64).reshape(-1, keypoints.num_joints, 3)
    for i, (x, y, w, h) in enumerate(() if boxes is None else boxes):
        corners = _fixed((x, y)), _fixed((x + w, y + h))
        color = box_colors[i] if i < len(box_colors) else PLAIN_BOX
        cv2.rectangle(canvas, *corners, DARK, 4, cv2.LINE_AA, _SHIFT)
        cv2.rectangle(canvas, *corners, color, 2, cv2.LINE_AA, _SHIFT)
    poses = np.concatenate([joints[..., :2], joints[..., 2:] > 0], axis=2)
    canvas = draw_poses(canvas, poses, keypoints, score_thr=0.5)
    for person, pose in enumerate(joints):
        seen = pose[:, 2] > 0
        if not seen.any():
            continue
        extent = np.ptp(pose[seen, :2], axis=0).max()
        radius = float(np.clip(extent / 90, 1.6, 8))
        for joint in np.flatnonzero(pose[:, 2] == 1):
            _circle(canvas, pose[joint], radius * 0.9, LIGHT, -1)
        for joint in np.flatnonzero(seen if marked is None else seen & marked[person]):
            if marked is not None:
                _circle(canvas, pose[joint], radius * 2 + 4, DARK, 4)
                _circle(canvas, pose[joint], radius * 2 + 4, ALARM, 2)
    return canvas


def _circle(
    canvas: np.ndarray, point: np.ndarray, radius: float, color: tuple, thickness: int
) -> None:
    fixed = round(radius * 2**_SHIFT)
    cv2.circle(canvas, _fixed(point), fixed, color, thickness, cv2.LINE_AA, _SHIFT)


def _fixed(point: Sequence[float]) -> tuple[int, int]:
    x, y = np.clip(np.asarray(point)[:2], -1e4, 1e4) * 2**_SHIFT
    return round(x), round(y)
