"""COCO's keypoint evaluation over all images at once, to the bit as xtcocotools computes it.

The steps of the published evaluation in its order: rank the poses of an image, compare them with
its labels (`pair_oks.py`), match (`keypoint_matching.py`), accumulate (`keypoint_curves.py`). The
arithmetic of each number is the published one, operation by operation; only what runs side by side
is new. Source: cocodataset.org, "Keypoint evaluation".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.coco_answers import Answers
from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import Labels
from models.evaluation.keypoint_curves import curves
from models.evaluation.keypoint_matching import Candidates, match
from models.evaluation.pair_oks import pair_oks

OKS_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0, 1, 101)
AREAS = np.array([(0, 1e5**2), (32**2, 96**2), (96**2, 1e5**2)])
"""Ranges of areas in square pixels, ends included: all, medium, large."""
MAX_POSES = 20
"""So many poses of an image count, the best."""


@dataclass(frozen=True, eq=False)
class KeypointEvaluation:
    """T = 10 OKS thresholds, R = 101 recalls, C categories, A ranges of areas, COCO's 3 as a rule;
    −1 where there is nobody to find.

    Attributes:
        precision: (T, R, C, A).
        scores: (T, R, C, A), the least score that reaches the recall.
        recall: (T, C, A), the highest that is reached.
    """

    precision: np.ndarray
    scores: np.ndarray
    recall: np.ndarray

    @property
    def statistics(self) -> list[float]:
        """AP, AP .5, AP .75, AP (M), AP (L), and AR likewise; −1 where nobody is to be found."""
        rows = (slice(None), slice(0, 1), slice(5, 6), slice(None), slice(None))
        areas = (0, 0, 0, 1, 2)
        return [
            mean_of_present(values[row][..., area])
            for values in (self.precision, self.recall)
            for row, area in zip(rows, areas, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Finds:
    """Who has found whom: D poses that count, G persons, T OKS thresholds, A ranges of areas.

    Attributes:
        order: (D,) index of each pose among the answers, by cell and in it best first.
        judged: (G, A) bool: whether a person is to be found.
        found: (D, T, A) int32: the person that a pose has found, −1 where it has found none.
        unjudged: (D, T, A) bool: whether that is one that is not to be found.
        near: (D,) bool: whether anybody is as like the pose as the least threshold, though perhaps
            found by another.
    """

    order: np.ndarray
    judged: np.ndarray
    found: np.ndarray
    unjudged: np.ndarray
    near: np.ndarray


def find_persons(
    answers: Answers,
    labels: Labels,
    sigmas: np.ndarray,
    thresholds: np.ndarray,
    areas: np.ndarray = AREAS[:1],
) -> Finds:
    """Match poses with persons by COCO's rule.

    Args:
        answers: the poses; those of which no joint scores above 0 are left out.
        labels: the persons to find.
        sigmas: (K,) spread of each joint, above 0.
        thresholds: (T,) OKS, ascending.
        areas: (A, 2) ranges in square pixels, ends included.
    """
    order, rank = _ranked(answers)
    people = (labels.keypoints[:, :, 2] > 0).any(axis=1) & ~labels.crowd
    judged = people[:, None] & _within(labels.areas, areas)
    answer, label = pairs(answers.cells[order], labels.cells)
    oks = pair_oks(answers.keypoints, order[answer], labels, label, sigmas)
    close = np.flatnonzero(oks >= thresholds[0])
    close = close[np.lexsort((label[close], oks[close], answer[close]))]
    candidates = Candidates(answer[close], label[close], oks[close])
    found, unjudged = match(candidates, rank, judged, labels.crowd, thresholds)
    near = np.zeros(len(order), dtype=bool)
    near[candidates.answer] = True
    return Finds(order, judged, found, unjudged, near)


def evaluate_keypoints(
    answers: Answers,
    labels: Labels,
    cells: Cells,
    sigmas: np.ndarray,
    areas: np.ndarray = AREAS,
) -> KeypointEvaluation:
    """Precision and recall of poses.

    Args:
        answers, labels, sigmas: as for `find_persons`.
        cells: of the ground truth.
        areas: (A, 2) ranges in square pixels, ends included; `statistics` are COCO's with COCO's.
    """
    finds = find_persons(answers, labels, sigmas, OKS_THRESHOLDS, areas)
    order, judged, unjudged = finds.order, finds.judged, finds.unjudged
    cell = answers.cells[order]
    matched = finds.found >= 0
    sizes = (_areas_around(answers.keypoints) if answers.areas is None else answers.areas)[order]
    # What found nobody and is of another size than is asked for does not count either.
    unjudged |= ~matched & ~_within(sizes, areas)[:, None, :]

    shape = (len(OKS_THRESHOLDS), len(cells.categories), len(areas))
    precision = np.full((shape[0], len(RECALLS), *shape[1:]), -1.0)
    scores, recall = precision.copy(), np.full(shape, -1.0)
    for c in range(len(cells.categories)):
        bounds = len(cells.images) * c, len(cells.images) * (c + 1)
        rows = np.arange(*np.searchsorted(cell, bounds))
        value = answers.scores[order[rows]]
        best_first = np.argsort(-value, kind="stable")
        rows, value = rows[best_first], value[best_first]
        persons = judged[slice(*np.searchsorted(labels.cells, bounds))].sum(axis=0)
        for a in np.flatnonzero(persons):
            hit, out = matched[rows, :, a].T, unjudged[rows, :, a].T
            precision[:, :, c, a], scores[:, :, c, a], recall[:, c, a] = curves(
                value, hit & ~out, ~(hit | out), int(persons[a]), RECALLS
            )
    return KeypointEvaluation(precision, scores, recall)


def _ranked(answers: Answers) -> tuple[np.ndarray, np.ndarray]:
    """Indices (D,) of the poses that count, by cell and in it from the best score down; ranks (D,).

    Of equal scores the first comes first.
    """
    order = np.flatnonzero((answers.keypoints[:, :, 2] > 0).any(axis=1))
    order = order[np.lexsort((-answers.scores[order], answers.cells[order]))]
    cell = answers.cells[order]
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell, side="left")
    counts = rank < MAX_POSES
    return order[counts], rank[counts]


def pairs(answer_cells: np.ndarray, label_cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every answer with every label of its cell; both sorted: indices (P,) and (P,)."""
    first = np.searchsorted(label_cells, answer_cells, side="left")
    number = np.searchsorted(label_cells, answer_cells, side="right") - first
    answer = np.repeat(np.arange(len(answer_cells)), number)
    before = np.cumsum(number) - number
    return answer, np.arange(len(answer)) + (first - before)[answer]


def _areas_around(keypoints: np.ndarray) -> np.ndarray:
    """Areas (N,) of the boxes around all joints (N, K, 3), whatever they score."""
    extent = [np.ptp(keypoints[:, :, axis], axis=1) for axis in (0, 1)]
    return extent[0] * extent[1]


def _within(sizes: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """(N, A) bool: whether sizes (N,) are in each of the ranges (A, 2)."""
    return (sizes[:, None] >= areas[:, 0]) & (sizes[:, None] <= areas[:, 1])


def mean_of_present(values: np.ndarray) -> float:
    """Over those that are not −1; −1 without any."""
    values = values[values > -1]
    return float(np.mean(values)) if len(values) else -1.0
