"""Answers side by side with labels, as a data set's score counts them: what analyses start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.evaluation.coco_answers import Answers
from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import Labels


@dataclass(frozen=True, eq=False)
class OksComparison:
    """Poses and labelled persons of one category, which are compared by OKS.

    Attributes:
        answers: rescored, without doubles.
        labels: of all images of the annotation file, answered or not.
        cells: images and the category.
        sigmas: (K,) spread of each joint.
    """

    answers: Answers
    labels: Labels
    cells: Cells
    sigmas: np.ndarray


@dataclass(frozen=True, eq=False)
class PckComparison:
    """One pose for each of N labelled people, whose joints are right within a distance.

    Attributes:
        distances: (N, K) in units of `unit`.
        visible: (N, K) bool: whether the joint is labelled.
        scored: (K,) bool: whether the joint has a part in the mean.
        unit: what the distances are measured by.
        thresholds: name of a score → the distance within which it counts a joint as right.
    """

    distances: np.ndarray
    visible: np.ndarray
    scored: np.ndarray
    unit: str
    thresholds: dict[str, float]
