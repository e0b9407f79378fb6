"""Precision over recall, and the ten numbers of COCO's keypoint evaluation."""

from __future__ import annotations

import numpy as np


def curves(
    scores: np.ndarray,
    right: np.ndarray,
    wrong: np.ndarray,
    persons: int,
    recalls: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and score at given recalls, and the recall reached.

    Precision at a recall is the best that any recall from there on has.

    Args:
        scores: (N,) of answers, from the best down.
        right: (T, N) bool: found somebody, at each OKS threshold.
        wrong: (T, N) bool: found nobody; an answer that does not count is neither.
        persons: how many there are to find, 1 or more.
        recalls: (R,) ascending.

    Returns:
        precision (T, R) and scores (T, R), 0 beyond the recall reached, and that recall (T,).
    """
    thresholds, number = right.shape
    precision = np.zeros((thresholds, len(recalls)))
    score = np.zeros((thresholds, len(recalls)))
    if not number:
        return precision, score, np.zeros(thresholds)
    # Counts are whole numbers, which float64 adds without rounding.
    hits = np.cumsum(right, axis=1, dtype=np.float64)
    misses = np.cumsum(wrong, axis=1, dtype=np.float64)
    recall = hits / persons
    misses += hits
    misses += np.spacing(1)
    local = np.divide(hits, misses, out=misses)
    for t in range(thresholds):
        places = np.searchsorted(recall[t], recalls, side="left")
        places = places[places < number]
        # The best from a place on: of each stretch between places, then from the last one back.
        best = np.maximum.reduceat(local[t], places)
        precision[t, : len(places)] = np.maximum.accumulate(best[::-1])[::-1]
        score[t, : len(places)] = scores[places]
    return precision, score, recall[:, -1]
