"""The poses that a method answered, in COCO's result format, checked, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation.coco_cells import Cells
from models.evaluation.columns import lacking, other_length, table


@dataclass(frozen=True, eq=False)
class Answers:
    """N poses, in any order.

    Attributes:
        keypoints: (N, K, 3) float64: x, y in the image frame, and the joint's score.
        scores: (N,) float64.
        cells: (N,) int64.
        areas: (N,) float64 in square pixels, where results bring boxes of their own; else None,
            and the box around the joints counts.
    """

    keypoints: np.ndarray
    scores: np.ndarray
    cells: np.ndarray
    areas: np.ndarray | None = None


def read_answers(results: Sequence[Mapping[str, Any]], cells: Cells, joints: int) -> Answers:
    """Check results and put them into arrays.

    Args:
        results: dicts with `image_id`, `category_id`, `keypoints` (3·K numbers) and `score`, and
            `bbox` (x, y, w, h) in all of them or none.
        cells: of the ground truth.
        joints: K.

    Raises:
        KeyError: a result lacks an entry.
        ValueError: results that are not finite, have another number of joints, or belong to
            images or categories that the ground truth does not list.
    """
    keys = ("image_id", "category_id", "keypoints", "score")
    found = lacking(results, keys)
    if found is not None:
        row, key = found
        raise KeyError(f"a result has no '{key}', only {sorted(results[row])}")
    images, categories, poses, scores = ([record[key] for record in results] for key in keys)
    cell = cells.numbers(images, categories)
    if (cell < 0).any():
        row = int(np.argmin(cell))
        if images[row] not in cells.images:
            raise ValueError(
                f"a result is for image {images[row]!r}, which the annotation file does not list; "
                "evaluate with the annotation file that was tested on"
            )
        raise ValueError(
            f"a result for image {images[row]} has category {categories[row]}; the annotation "
            f"file knows {sorted(cells.categories)}"
        )
    wrong = other_length(poses, 3 * joints)
    if wrong is not None:
        raise ValueError(
            f"a result for image {images[wrong]} has {len(poses[wrong])} keypoint numbers, not "
            f"3 × {joints}"
        )
    keypoints = table(poses, 3 * joints)
    score = np.array(scores, dtype=np.float64)
    finite = np.isfinite(keypoints).all(axis=1) & np.isfinite(score)
    if not finite.all():
        raise ValueError(
            f"a result for image {images[int(np.argmin(finite))]} is NaN or infinite; the weights "
            "have diverged or are damaged: test an earlier checkpoint"
        )
    return Answers(keypoints.reshape(-1, joints, 3), score, cell, _box_areas(results, images))


def _box_areas(results: Sequence[Mapping[str, Any]], images: Sequence[Any]) -> np.ndarray | None:
    """Areas (N,) of the results' boxes; None where they have none.

    As COCO's tools do it, the first result decides for all.
    """
    if not results or not len(results[0].get("bbox", ())):
        if results and "segmentation" in results[0]:
            raise ValueError(
                "results with 'segmentation' would be measured by the area of that; remove it, or "
                "give each its 'bbox'"
            )
        return None
    found = lacking(results, ["bbox"])
    boxes = [] if found else [record["bbox"] for record in results]
    wrong = found[0] if found else other_length(boxes, 4)
    if wrong is not None:
        raise ValueError(
            f"a result for image {images[wrong]} has no 'bbox' of 4 numbers, but the first result "
            "has one; give it to all or to none"
        )
    numbers = table(boxes, 4)
    if not np.isfinite(numbers).all():
        row = int(np.argmin(np.isfinite(numbers).all(axis=1)))
        raise ValueError(f"a result for image {images[row]} has a 'bbox' that is NaN or infinite")
    return numbers[:, 2] * numbers[:, 3]
