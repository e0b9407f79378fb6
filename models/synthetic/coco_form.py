"""Records of drawn pictures in COCO's person keypoint format, and its detection results format."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.structures.coco import COCO_17
from models.synthetic.record import picture_name

PERSON = 1
"""COCO's category id of a person."""


def coco_annotations(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """One split as the content of a `person_keypoints_*.json`; file names are bare.

    Source: the "Data format" page of cocodataset.org.
    """
    images, annotations = [], []
    for record in records:
        image_id = record["index"] + 1
        images.append(
            {
                "id": image_id,
                "file_name": picture_name(record["index"]),
                "width": record["width"],
                "height": record["height"],
            }
        )
        for person in record["people"]:
            x, y, w, h = person["box"]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": PERSON,
                    "bbox": person["box"],
                    "area": person["area"],
                    "iscrowd": 0,
                    "num_keypoints": sum(v > 0 for _, _, v in person["coco"]),
                    "keypoints": [value for joint in person["coco"] for value in joint],
                    "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]],
                }
            )
    category = {
        "id": PERSON,
        "name": "person",
        "supercategory": "person",
        "keypoints": list(COCO_17.names),
        "skeleton": [[a + 1, b + 1] for a, b in COCO_17.skeleton],
    }
    return {
        "info": {"description": "Drawn people with 17 joints (synthetic)"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": [category],
    }


def coco_detections(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The simulated detector's boxes in COCO's results format."""
    return [
        {"bbox": box, "category_id": PERSON, "image_id": record["index"] + 1, "score": score}
        for record in records
        for box, score in record["detections"]
    ]
