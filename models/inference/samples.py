"""Boxes of a picture that is in memory, through a config's own test pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.inference.crops import check_image
from models.pipelines import Compose, LoadImageFromFile, read_image
from models.structures import KeypointSet


class Samples:
    """What a data set does to a person, done to a box.

    Args:
        cfg: the config; `data.test` is used.
        keypoints: the joints.

    Raises:
        ValueError: the test pipeline does not begin with `LoadImageFromFile`.
    """

    def __init__(self, cfg: Any, keypoints: KeypointSet) -> None:
        self.keypoints = keypoints
        self.facts = shared_facts(read_data_cfg(cfg.data.test.data_cfg, keypoints), keypoints)
        self.width, self.height = (int(side) for side in self.facts["image_size"])
        load, *steps = Compose(cfg.data.test.pipeline, fused=False).steps
        if not isinstance(load, LoadImageFromFile):
            raise ValueError(
                f"data.test.pipeline begins with {type(load).__name__}; pictures in memory need "
                "one that begins with LoadImageFromFile"
            )
        self._load = load
        self._steps = Compose(steps)

    def load(self, image: np.ndarray | str | Path) -> np.ndarray:
        """The picture as the pipeline has it after `LoadImageFromFile`.

        Args:
            image: (H, W, 3) uint8, BGR, or a file.
        """
        if not isinstance(image, np.ndarray):
            image = read_image(str(image), "bgr")
        check_image(image)
        if self._load.channel_order == "rgb":
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        return image.astype(np.float32) if self._load.to_float32 else image

    def __call__(
        self, image: np.ndarray, boxes: np.ndarray, center: np.ndarray, scale: np.ndarray
    ) -> tuple[torch.Tensor, np.ndarray, np.ndarray]:
        """Crops of N boxes.

        Args:
            image: from `load`.
            boxes: (N, 4) x, y, w, h in the image frame, or (N, 5) with score.
            center: (N, 2) of the boxes, image frame.
            scale: (N, 2) with the data set's padding, in units of 200 px.

        Returns:
            crops (N, 3, H, W), and center (N, 2) and scale (N, 2) as the pipeline leaves them.
        """
        joints = np.zeros((self.keypoints.num_joints, 3), np.float32)
        crops, facts = [], []
        for i, box in enumerate(boxes):
            sample = {
                "img": image,
                "image_file": "",
                "image_id": 0,
                "bbox": box[:4],
                "bbox_id": i,
                "bbox_score": float(box[4]) if len(box) == 5 else 1.0,
                "center": center[i],
                "scale": scale[i],
                "rotation": 0,
                "joints_3d": joints,
                "joints_3d_visible": joints,
                "dataset": self.keypoints.name,
                "ann_info": self.facts,
            }
            collected = self._steps(sample)
            crops.append(collected["img"])
            facts.append(collected["img_metas"].data)
        return (
            torch.stack(crops),
            np.stack([fact["center"] for fact in facts]),
            np.stack([fact["scale"] for fact in facts]),
        )
