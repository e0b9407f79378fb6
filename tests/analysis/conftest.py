"""A data set on disk whose people stand apart, answers to it, and a person as one is labelled."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from models.datasets import (
    AnnotatedImage,
    AnnotatedPerson,
    TopDownCocoDataset,
    TopDownMpiiDataset,
)
from models.evaluation import MpiiGroundTruth, save_mpii_ground_truth

PIPELINE = [{"type": "LoadImageFromFile"}]
AREA = 10000.0


@pytest.fixture
def place() -> Callable[..., np.ndarray]:
    """Joints (K, 3) of the n-th person of a picture, all labelled, none near another."""

    def joints(number: int = 0, count: int = 17) -> np.ndarray:
        joint = np.arange(count)
        x, y = 10.0 + 60 * (joint % 5) + 400 * number, 10.0 + 60 * (joint // 5)
        return np.column_stack([x, y, np.full(count, 2.0)])

    return joints


@pytest.fixture
def people(tmp_path: Path, place) -> Callable[..., TopDownCocoDataset]:
    """Builds a data set of persons: a list a picture, of joints (K, 3) or dicts of changes.

    Tested are the detections: a box, as everybody's, in each picture.
    """

    def build(
        pictures: Sequence[Sequence[Any]], dataset_info: dict | None = None
    ) -> TopDownCocoDataset:
        annotations = []
        for image, persons in enumerate(pictures):
            cv2.imwrite(str(tmp_path / f"{image}.png"), np.zeros((40, 60, 3), np.uint8))
            for number, person in enumerate(persons):
                changes = person if isinstance(person, dict) else {"keypoints": person}
                joints = np.asarray(changes.get("keypoints", place(number)))
                annotations.append(
                    {
                        "id": len(annotations) + 1,
                        "image_id": image,
                        "category_id": 1,
                        "iscrowd": 0,
                        "area": AREA,
                        "bbox": [400.0 * number, 0, 300, 300],
                        **changes,
                        "keypoints": joints.ravel().tolist(),
                    }
                )
        images = [
            {"id": i, "file_name": f"{i}.png", "width": 2000, "height": 600}
            for i in range(len(pictures))
        ]
        categories = [{"id": 1, "name": "person"}]
        content = {"images": images, "annotations": annotations, "categories": categories}
        (tmp_path / "people.json").write_text(json.dumps(content))
        boxes = [
            {"image_id": i, "category_id": 1, "bbox": [0, 0, 300, 300], "score": 1.0}
            for i in range(len(pictures))
        ]
        (tmp_path / "boxes.json").write_text(json.dumps(boxes))
        return TopDownCocoDataset(
            ann_file=str(tmp_path / "people.json"),
            img_prefix=str(tmp_path),
            data_cfg={
                "image_size": [96, 128],
                "use_gt_bbox": False,
                "bbox_file": str(tmp_path / "boxes.json"),
            },
            pipeline=PIPELINE,
            dataset_info=dataset_info,
            test_mode=True,
        )

    return build


@pytest.fixture
def answers(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """Results of (picture, joints (K, ≥2), score) each, as tools/test.py writes them."""

    def make(*poses: tuple[int, np.ndarray, float]) -> list[dict[str, Any]]:
        return [
            {
                "preds": [np.column_stack([joints[:, :2], np.ones(len(joints))]).tolist()],
                "boxes": [[150, 150, 1.5, 1.5, AREA, score]],
                "image_paths": [str(tmp_path / f"{picture}.png")],
                "bbox_ids": [number],
            }
            for number, (picture, joints, score) in enumerate(poses)
        ]

    return make


@pytest.fixture
def mpii(tmp_path: Path) -> tuple[TopDownMpiiDataset, list[dict[str, Any]]]:
    """Twelve people of MPII's form, some joints not labelled, and answers near them."""
    rng = np.random.default_rng(0)
    truth = MpiiGroundTruth(
        joints=rng.uniform(1, 300, (12, 16, 2)),
        visible=rng.random((12, 16)) > 0.2,
        head_boxes=np.tile([[10.0, 20.0], [70.0, 100.0]], (12, 1, 1)),
    )
    truth.visible[:, 7] = False  # the thorax, nowhere
    save_mpii_ground_truth(tmp_path / "mpii_gt_val.mat", truth)
    cv2.imwrite(str(tmp_path / "0.png"), np.zeros((40, 60, 3), np.uint8))
    entries = [
        {"image": "0.png", "center": [30.0, 20.0], "scale": 0.2}
        | {"joints": joints.tolist(), "joints_vis": visible.astype(int).tolist()}
        for joints, visible in zip(truth.joints, truth.visible, strict=True)
    ]
    (tmp_path / "mpii_val.json").write_text(json.dumps(entries))
    dataset = TopDownMpiiDataset(
        ann_file=str(tmp_path / "mpii_val.json"),
        img_prefix=str(tmp_path),
        data_cfg={"image_size": [64, 64]},
        pipeline=PIPELINE,
        test_mode=True,
    )
    points = truth.joints - 1 + rng.normal(0, 25, truth.joints.shape)
    results = [
        {
            "preds": [np.column_stack([pose, np.ones(16)])],
            "boxes": [[30, 20, 1, 1, 1, 1]],
            "image_paths": [str(tmp_path / "0.png")],
            "bbox_ids": [number],
        }
        for number, pose in enumerate(points)
    ]
    return dataset, results


@pytest.fixture
def standing() -> np.ndarray:
    """(17, 3) a person who faces the viewer, all visible, with the hips at (100 ± 12, 100)."""
    half = {  # x to the left of the person's middle, y
        "eye": (4, 24),
        "ear": (9, 25),
        "shoulder": (18, 44),
        "elbow": (26, 72),
        "wrist": (30, 98),
        "hip": (12, 100),
        "knee": (13, 140),
        "ankle": (14, 176),
    }
    rows = [(100.0, 30.0, 2.0)]
    for x, y in half.values():
        rows += [(100.0 + x, y, 2.0), (100.0 - x, y, 2.0)]
    return np.array(rows)


@pytest.fixture
def person(standing) -> Callable[..., AnnotatedPerson]:
    """Make an `AnnotatedPerson` of the standing one; keywords replace its parts."""
    joints = standing.copy()  # tests change theirs

    def make(**parts) -> AnnotatedPerson:
        bbox = np.array([65.0, 15.0, 70.0, 170.0])
        given = {"id": 1, "bbox": bbox, "joints": joints.copy(), "area": 8000.0, **parts}
        return AnnotatedPerson(**given)

    return make


@pytest.fixture
def picture() -> Callable[..., AnnotatedImage]:
    """Make an `AnnotatedImage` of 200×200 pixels with the people given."""
    return lambda *people, **parts: AnnotatedImage(
        **{"file": "a.jpg", "size": (200, 200), "people": list(people), **parts}
    )
