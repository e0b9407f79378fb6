"""Which predictions of a run to look at: the best, the middling and the worst."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

RANKS = ("best", "median", "worst")


@dataclass(frozen=True, eq=False)
class Compared:
    """M predictions of a run, each judged by itself against its ground truth.

    A subclass holds, besides, what is needed to draw them.

    Attributes:
        measure: what `values` are: "OKS", "IoU".
        values: (M,) float64.
        higher_is_better: whether a higher value is a better prediction.
        images: M image files.
    """

    measure: str
    values: np.ndarray
    higher_is_better: bool
    images: Sequence[Any]

    def __len__(self) -> int:
        return len(self.values)

    def describe(self, i: int) -> dict[str, Any]:
        """Plain values that say which prediction this is, `image` among them."""
        return {"image": str(self.images[i])}

    def title(self, i: int) -> str:
        """The same in a few words, for a caption."""
        return os.path.basename(str(self.images[i]))

    @property
    def telling(self) -> np.ndarray:
        """(M,) bool: which have enough ground truth to tell much."""
        return np.ones(len(self), dtype=bool)


def choose_examples(compared: Compared, count: int) -> dict[str, list[int]]:
    """Rows of examples by rank: best from the best down, median outwards, worst from the worst up.

    None is an example twice. Those that are not `telling` are left out as long as there are others;
    and as long as there are others, the examples of a rank are of different images.

    Args:
        compared: predictions and how good they are.
        count: of each rank; fewer where there are not as many predictions.
    """
    telling = np.flatnonzero(compared.telling)
    rows = telling if len(telling) else np.arange(len(compared))
    goodness = compared.values[rows] * (1 if compared.higher_is_better else -1)
    upwards = rows[np.argsort(goodness, kind="stable")].tolist()
    middle = (len(upwards) - 1) / 2
    outwards = [upwards[i] for i in sorted(range(len(upwards)), key=lambda i: abs(i - middle))]
    count = min(count, -(-len(upwards) // 3))
    worst = _take(upwards, count, compared.images, set())
    best = _take(upwards[::-1], count, compared.images, {*worst})
    median = _take(outwards, count, compared.images, {*worst, *best})
    return dict(zip(RANKS, (best, median, worst), strict=True))


def _take(rows: Iterable[int], count: int, images: Sequence[Any], without: set[int]) -> list[int]:
    """The first `count` rows, those of an image that already has one after the others."""
    fresh, again = [], []
    seen = set()
    for row in rows:
        if row not in without:
            (again if images[row] in seen else fresh).append(row)
            seen.add(images[row])
    return (fresh + again)[:count]
