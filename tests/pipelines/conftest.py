"""A person in a small picture, as a data set would hand it to a pipeline."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
