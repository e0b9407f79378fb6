"""A person detector's boxes, in COCO's result format."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import numpy as np

from models.runtime.files import load_json


def load_detections(
    bbox_file: str, image_ids: Container[Any], threshold: float, category: Any = 1
) -> tuple[list[dict[str, Any]], int]:
    """The persons of a detection file that score `threshold` or more, in the order of the file.

    Args:
        bbox_file: json list of dicts with image_id, category_id, bbox (x, y, w, h) and score.
        image_ids: those of the annotation file.
        threshold: least score.
        category: of persons in the annotation file.

    Returns:
        dicts with image_id, bbox (4,) float32 in the image frame and bbox_score; and the number
        of boxes left out because they have no width or height.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no json list, is empty, holds no person, has an entry that cannot be
            used, or belongs to other images.
    """
    entries = load_json(bbox_file, "detection file")
    if not isinstance(entries, list) or not entries:
        problem = "is empty" if entries in ([], {}) else "is no list of boxes"
        raise ValueError(
            f"detection file {bbox_file} {problem}; give a detector's results in COCO's format, "
            "or set data.test.data_cfg.use_gt_bbox=True"
        )
    persons, without_area = [], 0
    for i, entry in enumerate(entries):
        box, score = _box_and_score(entry, f"{bbox_file}: entry {i}")
        if entry["category_id"] != category:
            continue
        if entry["image_id"] not in image_ids:
            raise ValueError(
                f"{bbox_file}: entry {i} is of image {entry['image_id']}, which the annotation "
                "file does not list; use the detections of the same images"
            )
        if score < threshold:
            continue
        if not (box[2:] > 0).all():
            without_area += 1
            continue
        persons.append({"image_id": entry["image_id"], "bbox": box, "bbox_score": score})
    if not persons:
        raise ValueError(
            f"detection file {bbox_file} has no box of category {category}, a person's in the "
            f"annotation file, that scores {threshold} or more; lower data_cfg.det_bbox_thr, "
            "correct its category_id or use another file"
        )
    return persons, without_area


def _box_and_score(entry: Any, where: str) -> tuple[np.ndarray, float]:
    for key in ("image_id", "category_id", "bbox", "score"):
        if not isinstance(entry, Mapping) or key not in entry:
            raise ValueError(
                f"{where} has no '{key}'; each needs image_id, category_id, bbox, score"
            )
    try:
        box, score = np.array(entry["bbox"], dtype=np.float32), float(entry["score"])
    except (TypeError, ValueError):
        box, score = np.zeros(0), 0.0
    if box.shape != (4,) or not np.isfinite(box).all() or not np.isfinite(score):
        raise ValueError(
            f"{where} has bbox {entry['bbox']} and score {entry['score']}; they must be four "
            "finite numbers x, y, w, h and one: remove or correct it"
        )
    return box, score
