"""Which answers of a run to look at: the best, the middling and the worst."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from models.evaluation.beside_labels import BesideLabels

RANKS = ("best", "median", "worst")

#: people with fewer labelled joints than this share of all tell little
LEAST_LABELLED = 1 / 3


def choose_examples(beside: BesideLabels, count: int) -> dict[str, list[int]]:
    """Rows of examples by rank: best from the best down, median outwards, worst from the worst up.

    Nobody is an example twice. People of whom little is labelled are left out as long as there are
    others; and as long as there are others, the people of a rank are of different pictures.

    Args:
        beside: answers and labels.
        count: of each rank; fewer where there are not as many people.
    """
    labelled = (beside.labels[..., 2] > 0).mean(axis=1)
    enough = np.flatnonzero(labelled >= LEAST_LABELLED)
    rows = enough if len(enough) else np.arange(len(beside))
    goodness = beside.values[rows] * (1 if beside.best_is_high else -1)
    upwards = rows[np.argsort(goodness, kind="stable")].tolist()
    middle = (len(upwards) - 1) / 2
    outwards = [upwards[i] for i in sorted(range(len(upwards)), key=lambda i: abs(i - middle))]
    count = min(count, -(-len(upwards) // 3))
    worst = _take(upwards, count, beside.images, set())
    best = _take(upwards[::-1], count, beside.images, {*worst})
    median = _take(outwards, count, beside.images, {*worst, *best})
    return dict(zip(RANKS, (best, median, worst), strict=True))


def _take(rows: Iterable[int], count: int, images: Sequence[Any], without: set[int]) -> list[int]:
    """The first `count` rows, those of a picture that already has one after the others."""
    fresh, again = [], []
    seen = set()
    for row in rows:
        if row not in without:
            (again if images[row] in seen else fresh).append(row)
            seen.add(images[row])
    return (fresh + again)[:count]
