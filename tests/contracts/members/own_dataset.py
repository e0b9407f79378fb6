"""A data set of one's own: people in a csv file, with keypoints that no other data set has."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from models.builder import DATASETS
from models.datasets import TopDownDataset
from models.structures import KeypointSet, box_to_center_scale, keypoint_set_from_info

#: as in mmpose 0.x
INFO = {
    "dataset_name": "arrows",
    "keypoint_info": {
        i: {"name": name, "id": i, "color": [255, 0, 0], "type": "upper", "swap": swap}
        for i, (name, swap) in enumerate(
            [("tip", ""), ("left_wing", "right_wing"), ("right_wing", "left_wing")]
        )
    },
    "skeleton_info": {},
    "joint_weights": [1.0, 1.0, 1.0],
    "sigmas": [0.05, 0.05, 0.05],
}


@DATASETS.register_module()
class ArrowDataset(TopDownDataset):
    """A line an object: file, box (x, y, w, h), then x and y of each keypoint, in the image."""

    KEYPOINTS: ClassVar[KeypointSet] = keypoint_set_from_info(INFO)
    METRICS: ClassVar[Mapping[str, str]] = {"PCK": "PCK"}

    def load_annotations(self) -> list[dict[str, Any]]:
        people = []
        with open(self.ann_file, newline="") as file:
            for number, (name, *numbers) in enumerate(csv.reader(file)):
                box = np.array(numbers[:4], np.float32)
                points = np.array(numbers[4:], np.float32).reshape(-1, 2)
                joints = np.hstack([points, np.zeros_like(points[:, :1])])
                center, scale = box_to_center_scale(box, self.aspect_ratio)
                people.append(
                    {
                        "image_file": os.path.join(self.img_prefix, name),
                        "image_id": number,
                        "bbox": box,
                        "bbox_id": number,
                        "bbox_score": 1.0,
                        "center": center,
                        "scale": scale,
                        "rotation": 0.0,
                        "joints_3d": joints,
                        "joints_3d_visible": np.tile(np.float32([1, 1, 0]), (len(joints), 1)),
                        "dataset": self.name,
                    }
                )
        return people
