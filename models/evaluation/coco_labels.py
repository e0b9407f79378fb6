"""The labelled persons of a COCO json, checked, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.evaluation.coco_cells import Cells
from models.evaluation.columns import lacking, other_length, table

BOX_SHARE = 0.53
"""Area of a person as a share of its box, where labels have no area of their own."""


@dataclass(frozen=True, eq=False)
class Labels:
    """The G labelled persons of the listed images and categories, sorted by cell.

    Attributes:
        keypoints: (G, K, 3) float64: x, y in the image frame, and visibility.
        boxes: (G, 4) float64: x, y, w, h in the image frame.
        areas: (G,) float64, in square pixels.
        crowd: (G,) bool: a group of persons, which any number of answers may match.
        cells: (G,) int64, ascending; within one, the persons keep their order.
    """

    keypoints: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray
    crowd: np.ndarray
    cells: np.ndarray

    def __len__(self) -> int:
        return len(self.cells)


def read_labels(
    annotations: Sequence[Mapping[str, Any]], cells: Cells, joints: int, use_area: bool
) -> Labels:
    """Check annotations and put them into arrays.

    Args:
        annotations: the list of a COCO json; those of images or categories that it does not list
            are left out.
        cells: of the same json.
        joints: K.
        use_area: False for labels without `area`: `BOX_SHARE` of the box stands in for it.

    Raises:
        KeyError: an annotation lacks an entry.
        ValueError: another number of joints, a number that is not finite, an id that is negative
            or that two persons have.
    """
    keys = ("keypoints", "bbox", *(["area"] if use_area else []), "id", "image_id", "category_id")
    found = lacking(annotations, keys)
    if found is not None:
        row, key = found
        cure = "; add it to the file"
        if key == "keypoints":
            cure = (
                "; use a keypoint annotation file (person_keypoints_*.json), not one of boxes or "
                "segments"
            )
        raise KeyError(f"annotation {annotations[row].get('id')} has no '{key}'{cure}")
    ids = [label["id"] for label in annotations]
    _check_ids(ids)

    numbers = {}
    for key, width, cure in (
        ("keypoints", 3 * joints, f"3 × {joints} joints; give the sigmas of these joints"),
        ("bbox", 4, "x, y, w, h; correct it"),
    ):
        rows = [label[key] for label in annotations]
        wrong = other_length(rows, width)
        if wrong is not None:
            what = "keypoint" if key == "keypoints" else key
            raise ValueError(
                f"annotation {ids[wrong]} has {len(rows[wrong])} {what} numbers, which is not "
                f"{cure}"
            )
        numbers[key] = table(rows, width)
    if use_area:
        areas = np.array([label["area"] for label in annotations], dtype=np.float64)
    else:
        areas = numbers["bbox"][:, 2] * numbers["bbox"][:, 3] * BOX_SHARE
    numbers["area"] = areas[:, None]
    for key, values in numbers.items():
        finite = np.isfinite(values).all(axis=1)
        if not finite.all():
            first = ids[int(np.argmin(finite))]
            raise ValueError(f"annotation {first}: '{key}' is NaN or infinite; correct it")

    crowd = np.array([bool(label.get("iscrowd", False)) for label in annotations])
    cell = cells.numbers(
        *([label[k] for label in annotations] for k in ("image_id", "category_id"))
    )
    order = np.argsort(cell, kind="stable")
    order = order[cell[order] >= 0]
    return Labels(
        keypoints=numbers["keypoints"][order].reshape(-1, joints, 3),
        boxes=numbers["bbox"][order],
        areas=areas[order],
        crowd=crowd[order],
        cells=cell[order],
    )


def _check_ids(ids: Sequence[Any]) -> None:
    """COCO's evaluation knows persons by their ids, and "nobody" by a negative number."""
    seen = set()
    for label_id in ids:
        if label_id in seen:
            raise ValueError(f"two annotations have the id {label_id}; number them anew")
        if isinstance(label_id, (int, float)) and label_id < 0:
            raise ValueError(f"annotation {label_id}: an id must not be negative; number them anew")
        seen.add(label_id)
