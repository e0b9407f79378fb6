"""PCK, the percentage of correct keypoints: joints no farther off than a share of some length."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def normalized_distances(
    predicted: ArrayLike, labelled: ArrayLike, lengths: ArrayLike
) -> np.ndarray:
    """Distances (N, K) of joints from their labels, in units of each instance's own length.

    Args:
        predicted: points (N, K, 2).
        labelled: points (N, K, 2) in the same frame.
        lengths: (N,) in pixels of that frame: a head's, a torso's, a box's.

    Raises:
        ValueError: shapes that differ, or a length that is not above 0; names the instance.
    """
    predicted = np.asarray(predicted, dtype=np.float64)
    labelled = np.asarray(labelled, dtype=np.float64)
    lengths = np.asarray(lengths, dtype=np.float64)
    if predicted.shape != labelled.shape or lengths.shape != predicted.shape[:1]:
        raise ValueError(
            f"points {predicted.shape} and {labelled.shape} and lengths {lengths.shape} must be "
            "(N, K, 2), (N, K, 2) and (N,)"
        )
    if not (lengths > 0).all():
        first = int(np.argmin(lengths > 0))
        raise ValueError(
            f"instance {first} has length {lengths[first]:g}, which measures nothing; correct its "
            "label or leave the instance out"
        )
    return np.linalg.norm(predicted - labelled, axis=-1) / lengths[:, None]


def pck(distances: ArrayLike, visible: ArrayLike, threshold: float) -> tuple[np.ndarray, float]:
    """Percentage of labelled joints within `threshold`: per joint (K,), and over all of them.

    A joint that is labelled nowhere has NaN for itself and no part in the whole; the whole is the
    mean over joints weighted by how often each is labelled.

    Args:
        distances: (N, K), from `normalized_distances`.
        visible: (N, K), true where the joint is labelled.
        threshold: largest distance that is correct.
    """
    visible = np.asarray(visible, dtype=bool)
    correct = ((np.asarray(distances) <= threshold) & visible).sum(axis=0)
    labelled = visible.sum(axis=0)
    per_joint = np.full(len(labelled), np.nan)
    np.divide(100.0 * correct, labelled, out=per_joint, where=labelled > 0)
    total = labelled.sum()
    return per_joint, float(100.0 * correct.sum() / total) if total else float("nan")
