"""Doubles out of all images at once: what `oks.py` does for one image, to the bit.

Images with as many poses as each other are one array, and go through the ranks together: from the
best pose down, so many steps as an image has poses.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from models.evaluation.oks import alike, checked_sigmas, descending

CHUNK = 1 << 12
"""Poses worked on at once: some 0.5 MB for an array of 17 joints each, which stays in the cache."""


def suppress(
    images: Sequence[Hashable],
    poses: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    thr: float,
    sigmas: ArrayLike | None,
    soft: bool = False,
    max_dets: int = 20,
) -> np.ndarray:
    """Indices (M,) of the poses that stay: image by image in order of arrival, best first.

    Args:
        images: N keys of the images.
        poses: (N, K, 3): x, y in the image frame, and the joint's score.
        scores: (N,).
        areas: (N,) in square pixels.
        thr: as for `oks_nms`, in the soft form as for `soft_oks_nms`.
        sigmas: (K,) of the data set; by default COCO's.
        soft: the soft form.
        max_dets: at most so many stay in an image, in the soft form.

    Raises:
        ValueError: another number of sigmas than of joints.
    """
    if not len(images):
        return np.zeros(0, dtype=np.int64)
    order, first, counts = by_image(images)
    spread = 2 * checked_sigmas(sigmas, poses.shape[1])
    kept = np.zeros(len(order), dtype=bool)
    for count in np.unique(counts):
        starts = first[counts == count]
        step = max(CHUNK // count, 1)
        for part in (starts[i : i + step] for i in range(0, len(starts), step)):
            places = part[:, None] + np.arange(count)
            rows = order[places]
            rows = np.take_along_axis(rows, descending(scores[rows]), axis=1)
            if soft:
                rows, stays = _soft(rows, poses, scores, areas, thr, spread, max_dets)
            else:
                stays = _hard(poses[rows], areas[rows], thr, spread)
            order[places], kept[places] = rows, stays
    return order[kept]


def by_image(images: Sequence[Hashable]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Indices (N,) grouped by image, the images in order of arrival; where in them each of the I
    images begins (I,), and its number of entries (I,)."""
    numbers: dict[Hashable, int] = {}
    image = np.array([numbers.setdefault(key, len(numbers)) for key in images], dtype=np.int64)
    counts = np.bincount(image)
    return np.argsort(image, kind="stable"), np.cumsum(counts) - counts, counts


def _hard(poses: np.ndarray, areas: np.ndarray, thr: float, spread: np.ndarray) -> np.ndarray:
    """(I, n) bool: which of n poses (I, n, K, 3), best first, stay."""
    stays = np.ones(areas.shape, dtype=bool)
    for best in range(areas.shape[1] - 1):
        # Only images in which this pose itself has stayed; in the others it pushes nobody out.
        at = np.flatnonzero(stays[:, best])
        oks = alike(
            poses[at, best : best + 1],
            poses[at, best + 1 :],
            areas[at, best : best + 1],
            areas[at, best + 1 :],
            spread,
        )
        stays[at, best + 1 :] &= oks <= thr
    return stays


def _soft(
    rows: np.ndarray,
    poses: np.ndarray,
    scores: np.ndarray,
    areas: np.ndarray,
    thr: float,
    spread: np.ndarray,
    max_dets: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows (I, n), best first, in the order in which they are chosen, and which (I, n) are."""
    rows, value = rows.copy(), scores[rows]
    number = rows.shape[1]
    for best in range(min(max_dets, number) - 1):
        one, rest = rows[:, best : best + 1], rows[:, best + 1 :]
        oks = alike(poses[one], poses[rest], areas[one], areas[rest], spread)
        lowered = value[:, best + 1 :] * np.exp(-(oks**2) / thr)
        again = descending(lowered)
        rows[:, best + 1 :] = np.take_along_axis(rest, again, axis=1)
        value[:, best + 1 :] = np.take_along_axis(lowered, again, axis=1)
    return rows, np.broadcast_to(np.arange(number) < max_dets, rows.shape)
