"""A person in a small picture, as a data set would hand it to a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import pytest

from models.pipelines import Compose
from models.pipelines.lazy_image import LazyImage
from models.structures import COCO_17


@pytest.fixture
def sample() -> dict[str, Any]:
    """17 joints on a 120×100 (w, h) picture; joints 3 and 4 are not visible and lie at (0, 0)."""
    rng = np.random.default_rng(1)
    joints = np.zeros((17, 3), np.float32)
    joints[:, 0] = rng.uniform(30, 80, 17)
    joints[:, 1] = np.linspace(10, 90, 17)
    visible = np.ones((17, 3), np.float32)
    visible[:, 2] = 0
    joints[3:5] = visible[3:5] = 0
    return {
        "image_file": "person.png",
        "image_id": 7,
        "img": rng.integers(0, 256, (100, 120, 3), dtype=np.uint8),
        "bbox": np.array([20, 5, 60, 90], np.float32),
        "bbox_id": 3,
        "bbox_score": 0.5,
        "center": np.array([50, 50], np.float32),
        "scale": np.array([0.45, 0.6], np.float32),
        "rotation": 0.0,
        "joints_3d": joints,
        "joints_3d_visible": visible,
        "dataset": "coco",
        "ann_info": {
            "image_size": np.array([96, 128]),
            "heatmap_size": np.array([24, 32]),
            "sigma": 2.0,
            "num_joints": 17,
            "flip_pairs": [list(pair) for pair in COCO_17.flip_pairs],
            "upper_body_ids": list(range(11)),
            "lower_body_ids": list(range(11, 17)),
            "joint_weights": np.arange(1, 18, dtype=np.float32).reshape(17, 1),
            "use_different_joint_weights": False,
        },
    }


def one_by_one(steps: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """A sample through steps, each alone and on a plain dict: no lazy image, nothing merged."""
    sample = dict(given)
    for step in Compose(steps).steps:
        sample = step(sample)
    return sample


@pytest.fixture(params=["jpg", "png"])
def on_disk(sample, tmp_path, request) -> dict[str, Any]:
    """The sample with its image in a file, odd in width and height."""
    image = np.random.default_rng(0).integers(0, 256, (101, 121, 3), dtype=np.uint8)
    sample["image_file"] = str(tmp_path / f"person.{request.param}")
    cv2.imwrite(sample["image_file"], image)
    del sample["img"]
    return sample


@pytest.fixture
def cut_from_file(monkeypatch) -> list[tuple[int, int]]:
    """Sizes of the crops for which no more of an image was read than they need."""
    sizes = []
    crop = LazyImage.crop

    def counted(self: LazyImage, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        sizes.append(size)
        return crop(self, matrix, size)

    monkeypatch.setattr(LazyImage, "crop", counted)
    return sizes
