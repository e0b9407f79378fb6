"""Answers beside the labels of the same people, person by person: what one wants to look at.

Scores judge a whole run, detections included; here an answer is judged by itself. It belongs to the
labelled person whose box it was made for, so a person whom no box was drawn around is left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import Labels, read_labels
from models.evaluation.examples import Compared
from models.evaluation.mpii import MAT_NAMES, UNSCORED, load_mpii_ground_truth
from models.evaluation.oks import checked_sigmas
from models.evaluation.pair_oks import pair_oks
from models.evaluation.pck import normalized_distances
from models.evaluation.results import Predictions, gather
from models.structures import box_iou, xywh_to_xyxy

#: a box that overlaps a labelled one by less (intersection over union) is not that person's
LEAST_OVERLAP = 0.5


#: people with fewer labelled joints than this share of all tell little
LEAST_LABELLED = 1 / 3


@dataclass(frozen=True, eq=False)
class BesideLabels(Compared):
    """M predictions, each beside the annotation of its person; measured by OKS or by a distance.

    Attributes:
        poses: (M, K, 3) as predicted: x, y in the image frame, and score.
        labels: (M, K, 3) as annotated: x, y in the image frame, above 0 where a joint is labelled.
        bbox_ids: (M,) int64 of the predictions.
    """

    poses: np.ndarray
    labels: np.ndarray
    bbox_ids: np.ndarray

    def describe(self, i: int) -> dict[str, Any]:
        """`image` and `bbox_id`."""
        return {**super().describe(i), "bbox_id": int(self.bbox_ids[i])}

    def title(self, i: int) -> str:
        """Number of the box, and name of the image."""
        return f"box {int(self.bbox_ids[i])}, {super().title(i)}"

    @property
    def telling(self) -> np.ndarray:
        """(M,) bool: people of whom more than little is labelled."""
        return (self.labels[..., 2] > 0).mean(axis=1) >= LEAST_LABELLED


def coco_beside_labels(
    results: Iterable[Mapping[str, Any]],
    truth: Mapping[str, Any],
    box_of: Callable[[int], ArrayLike],
    *,
    image_id_of: Callable[[Any], Any],
    sigmas: ArrayLike | None = None,
    category_id: int = 1,
) -> BesideLabels | None:
    """Answers judged by OKS, as COCO's evaluation computes it for a label and an answer.

    Args:
        results: as for `gather`.
        truth: content of a COCO json.
        box_of: bbox_id → x, y, w, h of the box that the answer was made for.
        image_id_of: COCO image id of what the results call an image.
        sigmas: (K,) of the data set; by default COCO's.
        category_id: of a person.

    Returns:
        None without answers, or without labels (test-dev).

    Raises:
        as `gather` and `read_labels`.
    """
    predictions = gather(results)
    own = [
        entry
        for entry in truth.get("annotations") or []
        if entry.get("category_id", category_id) == category_id
    ]
    if not (own and len(predictions)):
        return None
    joints = predictions.poses.shape[1]
    cells = Cells.of({"images": truth["images"], "categories": [{"id": category_id}]})
    labels = read_labels(own, cells, joints, use_area=True)
    ids = [image_id_of(image) for image in predictions.images]
    cell = cells.numbers(ids, [category_id] * len(ids))
    boxes = np.array([box_of(i) for i in predictions.bbox_ids.tolist()], dtype=np.float64)
    answer, label = _same_person(cell, boxes, labels)
    return BesideLabels(
        measure="OKS",
        higher_is_better=True,
        values=pair_oks(predictions.poses, answer, labels, label, checked_sigmas(sigmas, joints)),
        labels=labels.keypoints[label],
        **_columns(predictions, answer),
    )


def mpii_beside_labels(
    results: Iterable[Mapping[str, Any]], gt_mat_file: str | os.PathLike
) -> BesideLabels:
    """Answers judged by the mean distance of the joints that PCKh scores, in units of the head.

    Args:
        results: as for `gather`; box ids number the people of the ground truth, in its order.
        gt_mat_file: `mpii_gt_val.mat`.

    Raises:
        as `gather`, `load_mpii_ground_truth` and `normalized_distances`.
    """
    predictions = gather(results)
    truth = load_mpii_ground_truth(gt_mat_file)
    scored = truth.visible & [name not in UNSCORED for name in MAT_NAMES]
    people = predictions.bbox_ids
    rows = np.flatnonzero(scored[people].any(axis=1))
    people = people[rows]
    joints = truth.joints[people] - 1.0  # MPII's files count pixels from 1
    points = predictions.poses[rows, :, :2]
    distances = normalized_distances(points, joints, truth.head_sizes[people])
    counted = scored[people]
    return BesideLabels(
        measure="distance / head size",
        higher_is_better=False,
        values=np.where(counted, distances, 0).sum(axis=1) / counted.sum(axis=1),
        labels=np.concatenate([joints, truth.visible[people][..., None]], axis=-1),
        **_columns(predictions, rows),
    )


def _columns(predictions: Predictions, rows: np.ndarray) -> dict[str, Any]:
    return {
        "poses": predictions.poses[rows],
        "images": [predictions.images[row] for row in rows.tolist()],
        "bbox_ids": predictions.bbox_ids[rows],
    }


def _same_person(
    cell: np.ndarray, boxes: np.ndarray, labels: Labels
) -> tuple[np.ndarray, np.ndarray]:
    """Labelled people and the answers in their boxes: indices (P,) and (P,), each once.

    The pair that overlaps most goes first, so that of two people in about one place each gets an
    answer, if there are two.

    Args:
        cell: (N,) of the answers.
        boxes: (N, 4) of the answers.
        labels: crowds and people without a labelled joint are left out.
    """
    order = np.argsort(cell, kind="stable")
    first = np.searchsorted(cell[order], labels.cells, side="left")
    last = np.searchsorted(cell[order], labels.cells, side="right")
    judged = ~labels.crowd & (labels.keypoints[..., 2] > 0).any(axis=1) & (first < last)
    boxes_xyxy, labels_xyxy = xywh_to_xyxy(boxes), xywh_to_xyxy(labels.boxes)
    pairs = []
    for label in np.flatnonzero(judged).tolist():
        rows = order[first[label] : last[label]]
        overlaps = box_iou(labels_xyxy[[label]], boxes_xyxy[rows])[0]
        near = np.flatnonzero(overlaps >= LEAST_OVERLAP)
        pairs += [(-overlaps[i], int(rows[i]), label) for i in near]
    answers: set[int] = set()
    people: dict[int, int] = {}
    for _, answer, label in sorted(pairs):
        if answer not in answers and label not in people:
            answers.add(answer)
            people[label] = answer
    found = np.array(sorted(people), dtype=np.int64)
    return np.array([people[label] for label in found.tolist()], dtype=np.int64), found
