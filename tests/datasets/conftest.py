"""Tiny data sets on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.datasets import TopDownCocoDataset, TopDownMpiiDataset


@pytest.fixture
def pipeline() -> list[dict[str, Any]]:
    """The steps of a test run, without normalisation."""
    facts = ["image_file", "center", "scale"]
    return [
        {"type": "LoadImageFromFile"},
        {"type": "TopDownAffine"},
        {"type": "ToTensor"},
        {"type": "Collect", "keys": ["img"], "meta_keys": facts},
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures 0.png … 2.png of 80×60 (w, h)."""
    for i in range(3):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((60, 80, 3), 40 * i, np.uint8))
    return tmp_path


@pytest.fixture
def person() -> Callable[..., dict[str, Any]]:
    """Makes a labelled person of 17 joints in a box 20×30 at (10, 5), in COCO's form."""

    def make(number: int, image_id: int, **changes: Any) -> dict[str, Any]:
        return {
            "id": number,
            "image_id": image_id,
            "category_id": 1,
            "iscrowd": 0,
            "area": 300.0,
            "bbox": [10, 5, 20, 30],
            "keypoints": [value for j in range(17) for value in (12 + j, 6 + j, 2)],
            "num_keypoints": 17,
            **changes,
        }

    return make


@pytest.fixture
def write(folder: Path) -> Callable[[str, Any], str]:
    """Writes json under a name and answers the path."""

    def to_disk(name: str, content: Any) -> str:
        (folder / name).write_text(json.dumps(content))
        return str(folder / name)

    return to_disk


@pytest.fixture
def coco(folder, person, pipeline, write) -> Callable[..., TopDownCocoDataset]:
    """Builds a data set of persons 102 (picture 52), 100 and 101 (picture 50).

    `sections` replaces parts of the annotation file (None leaves one out), `detections` fills
    what entries of a detection file leave out; other keywords go to `data_cfg`.
    """

    def build(
        sections: dict[str, Any] | None = None,
        detections: list[dict[str, Any]] | None = None,
        test_mode: bool = False,
        arguments: dict[str, Any] | None = None,
        **data_cfg: Any,
    ) -> TopDownCocoDataset:
        content = {
            "images": [
                {"id": 50 + i, "file_name": f"{i}.png", "width": 80, "height": 60} for i in range(3)
            ],
            "annotations": [person(102, 52), person(100, 50), person(101, 50)],
            "categories": [{"id": 1, "name": "person"}],
            **(sections or {}),
        }
        ann_file = write("people.json", {k: v for k, v in content.items() if v is not None})
        if detections is not None:
            default = {"image_id": 50, "category_id": 1, "bbox": [1, 2, 30, 40], "score": 0.9}
            boxes = [{**default, **entry} for entry in detections]
            data_cfg = {"bbox_file": write("boxes.json", boxes), "use_gt_bbox": False, **data_cfg}
        return TopDownCocoDataset(
            ann_file=ann_file,
            img_prefix=str(folder),
            data_cfg={"image_size": [96, 128], "heatmap_size": [24, 32], **data_cfg},
            test_mode=test_mode,
            **{"pipeline": pipeline, **(arguments or {})},
        )

    return build


@pytest.fixture
def mpii(folder, pipeline, write) -> Callable[..., TopDownMpiiDataset]:
    """Builds a data set of one person of MPII's form, with changes (None leaves a key out)."""

    def build(
        test_mode: bool = False, image_size: tuple[int, int] = (128, 128), **changes: Any
    ) -> TopDownMpiiDataset:
        entry = {
            "image": "1.png",
            "center": [40.0, 30.0],
            "scale": 0.2,
            "joints": [[11.0 + j, 21.0 + j] for j in range(16)],
            "joints_vis": [1] * 15 + [0],
            **changes,
        }
        ann_file = write("mpii_val.json", [{k: v for k, v in entry.items() if v is not None}])
        return TopDownMpiiDataset(
            ann_file=ann_file,
            img_prefix=str(folder),
            data_cfg={"image_size": image_size},
            pipeline=pipeline,
            test_mode=test_mode,
        )

    return build
