"""Object keypoint similarity (OKS): how alike two poses are, and suppression of doubles by it.

Two boxes around one person give two nearly equal poses. As boxes are suppressed by their overlap,
so poses are by their OKS: hard (a pose too like a better one goes) or soft (it loses score, and
the best `max_dets` stay).

Sources: COCO keypoint evaluation (cocodataset.org) for OKS; Papandreou et al., CVPR 2017, for
suppression by it; Bodla et al., ICCV 2017, for the soft form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.structures.coco import COCO_17


def oks_iou(
    pose: ArrayLike,
    others: ArrayLike,
    area: float,
    other_areas: ArrayLike,
    sigmas: ArrayLike | None = None,
    vis_thr: float | None = None,
) -> np.ndarray:
    """OKS (N,) of one pose with each of N others, 0 … 1.

    The mean over joints of exp(−d² / (2 (2σ)² a)), d the distance of the two joints and a the mean
    area of the two poses.

    Args:
        pose: (K, 2) or, with `vis_thr`, (K, 3): x, y in the image frame, and a score.
        others: (N, K, 2) or (N, K, 3), likewise.
        area: of the pose's box, in square pixels.
        other_areas: (N,) of the others'.
        sigmas: (K,) spread of each joint; by default COCO's, for K = 17.
        vis_thr: take only joints whose score *in the other pose* is above it; an OKS over no
            joint is 0. The pose's own scores do not matter: so the published suppression does it.

    Raises:
        ValueError: another number of sigmas than of joints, or `vis_thr` for joints without score.
    """
    pose = np.asarray(pose, dtype=np.float64)
    others = np.asarray(others, dtype=np.float64)
    spread = 2 * checked_sigmas(sigmas, len(pose))
    if vis_thr is None:
        return alike(pose, others, np.float64(area), np.asarray(other_areas, np.float64), spread)
    likeness = joint_likeness(
        pose, others, np.float64(area), np.asarray(other_areas, np.float64), spread
    )
    if pose.shape[1] < 3:
        raise ValueError("vis_thr needs joints with a score: poses of shape (K, 3)")
    counted = others[..., 2] > vis_thr
    return (likeness * counted).sum(axis=1) / np.maximum(counted.sum(axis=1), 1)


def alike(
    poses: np.ndarray,
    others: np.ndarray,
    areas: np.ndarray,
    other_areas: np.ndarray,
    spread: np.ndarray,
) -> np.ndarray:
    """OKS (...) over all joints of poses (..., K, ≥2) with others, of any axes that broadcast.

    Args:
        poses, others: x, y in the image frame come first; float64.
        areas, other_areas: (...) float64.
        spread: (K,) 2σ.
    """
    return joint_likeness(poses, others, areas, other_areas, spread).mean(axis=-1)


def joint_likeness(
    poses: np.ndarray,
    others: np.ndarray,
    areas: np.ndarray,
    other_areas: np.ndarray,
    spread: np.ndarray,
) -> np.ndarray:
    """exp(−d² / (2σ)² / a / 2) of each joint (..., K); arguments as for `alike`."""
    dx, dy = (others[..., axis] - poses[..., axis] for axis in (0, 1))
    mean_area = (areas + other_areas) / 2 + np.spacing(1)
    return np.exp(-(dx**2 + dy**2) / spread**2 / mean_area[..., None] / 2)


def oks_nms(
    instances: Sequence[Mapping[str, Any]],
    thr: float,
    sigmas: ArrayLike | None = None,
    vis_thr: float | None = None,
) -> list[int]:
    """Indices of the poses that stay, best first; a pose goes if its OKS with a better one > thr.

    Args:
        instances: the poses of one image, each with `keypoints` (K, 3), `score` and `area`.
        thr: OKS above which two poses are one person's (0.9 in the published tests).
        sigmas: as for `oks_iou`.
        vis_thr: as for `oks_iou`.
    """
    poses, scores, areas = _columns(instances)
    order = descending(scores)
    kept = []
    while len(order):
        best, order = order[0], order[1:]
        kept.append(int(best))
        oks = oks_iou(poses[best], poses[order], areas[best], areas[order], sigmas, vis_thr)
        order = order[oks <= thr]
    return kept


def soft_oks_nms(
    instances: Sequence[Mapping[str, Any]],
    thr: float,
    max_dets: int = 20,
    sigmas: ArrayLike | None = None,
    vis_thr: float | None = None,
) -> list[int]:
    """Indices of the at most `max_dets` poses that stay, in the order in which they were chosen.

    Whenever the best pose is chosen, each remaining score falls by exp(−OKS² / thr). The lowered
    scores decide the choice only; the instances keep theirs.

    Args:
        instances: as for `oks_nms`.
        thr: spread of the fall: the larger, the milder.
        max_dets: how many stay; COCO counts 20 per image.
        sigmas: as for `oks_iou`.
        vis_thr: as for `oks_iou`.
    """
    poses, scores, areas = _columns(instances)
    order = descending(scores)
    scores = scores[order]
    kept = []
    while len(order) and len(kept) < max_dets:
        best, order, scores = order[0], order[1:], scores[1:]
        kept.append(int(best))
        oks = oks_iou(poses[best], poses[order], areas[best], areas[order], sigmas, vis_thr)
        scores = scores * np.exp(-(oks**2) / thr)
        again = descending(scores)
        order, scores = order[again], scores[again]
    return kept


def _columns(
    instances: Sequence[Mapping[str, Any]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Poses (N, K, 3), scores (N,) and areas (N,) of N instances."""
    poses = np.array([instance["keypoints"] for instance in instances], dtype=np.float64)
    scores = np.array([instance["score"] for instance in instances], dtype=np.float64)
    areas = np.array([instance["area"] for instance in instances], dtype=np.float64)
    return poses, scores, areas


def descending(scores: np.ndarray) -> np.ndarray:
    """Indices from the highest score down along the last axis; of equals the last comes first.

    So the published suppression orders them.
    """
    return np.argsort(scores, axis=-1, kind="stable")[..., ::-1]


def checked_sigmas(sigmas: ArrayLike | None, num_joints: int) -> np.ndarray:
    """(K,) float64; by default COCO's. ValueError where there are not as many as joints."""
    if sigmas is None:
        sigmas = COCO_17.sigmas
    sigmas = np.asarray(sigmas, dtype=np.float64)
    if sigmas.shape != (num_joints,):
        raise ValueError(
            f"{sigmas.size} sigmas for poses of {num_joints} joints; give the data set's own "
            "(`sigmas` in its dataset_info)"
        )
    return sigmas
