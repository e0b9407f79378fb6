"""OKS of many pairs of an answer and a label at once, to the bit as one by one.

The rule is that of COCO's keypoint evaluation (cocodataset.org): the mean over the labelled
joints of exp(−d² / (2σ)² / a / 2), a the label's area. A label without a labelled joint marks a
region that is not judged: there d is each joint's distance from the box of three times its size.
"""

from __future__ import annotations

import numpy as np

from models.evaluation.coco_labels import Labels

CHUNK = 1 << 13
"""Pairs computed at once: some 1 MB for each array of 17 joints, which stays in the cache."""


def pair_oks(
    poses: np.ndarray, answer: np.ndarray, labels: Labels, label: np.ndarray, sigmas: np.ndarray
) -> np.ndarray:
    """OKS (P,) of P pairs.

    Exact to the bit: pairs are grouped by how many joints count, so each is summed over as many
    neighbouring numbers as a single pair would be, and NumPy adds those in the same order.

    Args:
        poses: (N, K, 3) of the answers, image frame.
        answer: (P,) index of each pair's answer.
        labels: the labelled persons.
        label: (P,) index of each pair's label.
        sigmas: (K,) spread of each joint, above 0.
    """
    counted = labels.keypoints[:, :, 2] > 0
    count = counted.sum(axis=1)
    variances = (sigmas * 2) ** 2
    room = labels.areas + np.spacing(1)
    oks = np.empty(len(label))
    group = count[label]
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        # (G, k) joints that count, of the labels that have k of them; other rows are not read
        joints = np.zeros((len(labels), number or len(sigmas)), dtype=np.int64)
        if number:
            joints[count == number] = np.nonzero(counted[count == number])[1].reshape(-1, number)
        else:
            joints[:] = np.arange(len(sigmas))
        for start in range(0, len(members), CHUNK):
            part = members[start : start + CHUNK]
            of = label[part]
            at = joints[of]
            x, y = _taken(poses, answer[part], at)
            if number:
                label_x, label_y = _taken(labels.keypoints, of, at)
                dx, dy = x - label_x, y - label_y
            else:
                dx, dy = _outside(x, y, labels.boxes[of])
            error = (dx**2 + dy**2) / variances[at] / room[of, None] / 2
            oks[part] = np.exp(-error).sum(axis=1) / at.shape[1]
    return oks


def _taken(points: np.ndarray, row: np.ndarray, joints: np.ndarray) -> tuple[np.ndarray, ...]:
    """x and y (P, k) of some joints (P, k) of some rows (P,) of points (N, K, 3)."""
    flat = points.reshape(-1)
    at = 3 * (row[:, None] * points.shape[1] + joints)
    return flat[at], flat[at + 1]


def _outside(x: np.ndarray, y: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far points (P, k) lie beside and above or below the boxes (P, 4) grown to 3 × 3."""
    left, top, width, height = boxes.T[..., None]
    dx = np.maximum(0, (left - width) - x) + np.maximum(0, x - (left + width * 2))
    dy = np.maximum(0, (top - height) - y) + np.maximum(0, y - (top + height * 2))
    return dx, dy
