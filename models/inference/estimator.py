"""Boxes in an image → joints: crops, network, flip test and decoding, in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.codecs import Codec, average_views
from models.deploy.description import Description
from models.deploy.exported import NumpyEngine
from models.structures import KeypointSet

Preprocess = Callable[[np.ndarray, ArrayLike], tuple[np.ndarray, np.ndarray, np.ndarray]]
"""An image and boxes → crops, centers and scales; see `models.pipelines.Preprocessor`."""


@dataclass(frozen=True, eq=False)
class Poses:
    """What was found in N boxes.

    Attributes:
        keypoints: (N, K, 3) float32: x, y in the image frame, and score.
        heatmaps: (N, C, h, w), averaged over the views; C is K for most codecs.
        center: (N, 2) middle of each crop, image frame.
        scale: (N, 2) width and height of each crop, in units of 200 px.
    """

    keypoints: np.ndarray
    heatmaps: np.ndarray
    center: np.ndarray
    scale: np.ndarray


class PoseEstimator:
    """A network with all that belongs before and after it.

    Args:
        engine: normalised crops (B, 3, H, W) → heatmaps (B, C, h, w).
        description: what the network was made for.
        batch_size: crops of one forward pass, views of the flip test not counted.
        preprocess: what makes crops; by default `description.preprocessor()`.
    """

    def __init__(
        self,
        engine: NumpyEngine,
        description: Description,
        batch_size: int = 64,
        preprocess: Preprocess | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size} must be 1 or more")
        self.engine = engine
        self.description = description
        self.batch_size = batch_size
        self._preprocess = preprocess or description.preprocessor()

    @property
    def keypoints(self) -> KeypointSet:
        """The K joints."""
        return self.description.keypoints

    @property
    def codec(self) -> Codec:
        """What heatmaps are decoded by."""
        return self.description.codec

    def __call__(self, image: np.ndarray, boxes: np.ndarray) -> Poses:
        """Joints of the people in N boxes of a picture.

        Args:
            image: (H, W, 3) uint8, BGR.
            boxes: (N, 4) x, y, w, h in the image frame; N may be 0.
        """
        boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        width, height = self.description.heatmap_size
        joints = self.keypoints.num_joints
        if len(boxes) == 0:
            empty = np.zeros((0, 2), np.float32)
            maps = np.zeros((0, self.codec.channels(joints), height, width), np.float32)
            return Poses(np.zeros((0, joints, 3), np.float32), maps, empty, empty)
        parts = [
            self._estimate(image, boxes[i : i + self.batch_size])
            for i in range(0, len(boxes), self.batch_size)
        ]
        fields = ("keypoints", "heatmaps", "center", "scale")
        return Poses(*(np.concatenate([getattr(part, f) for part in parts]) for f in fields))

    def _estimate(self, image: np.ndarray, boxes: np.ndarray) -> Poses:
        crops, center, scale = self._preprocess(image, boxes)
        test_cfg = self.description.test_cfg
        heatmaps = average_views(
            self._checked_heatmaps,
            crops,
            self.keypoints.flip_pairs if test_cfg["flip_test"] else None,
            test_cfg["shift_heatmap"],
            test_cfg["average_clips"],
            self.codec.flip_back,
        )
        points, scores = self.codec.decode(heatmaps, center, scale)
        keypoints = np.concatenate([points, scores], axis=-1).astype(np.float32)
        return Poses(keypoints, heatmaps, center, scale)

    def _checked_heatmaps(self, crops: np.ndarray) -> np.ndarray:
        heatmaps = self.engine(crops)
        check_heatmaps(heatmaps, self.keypoints, self.codec)
        return heatmaps


def check_heatmaps(heatmaps: np.ndarray, keypoints: KeypointSet, codec: Codec) -> None:
    """Make sure that heatmaps (B, C, H, W) are as many as the keypoints have in a codec.

    Raises:
        ValueError: there are more or fewer.
    """
    joints = keypoints.num_joints
    if heatmaps.shape[1] != codec.channels(joints):
        per_joint = (
            "" if codec.channels(joints) == joints else f" and {codec.channels(joints)} maps"
        )
        raise ValueError(
            f"the network answers {heatmaps.shape[1]} heatmaps, '{keypoints.name}' has "
            f"{joints} joints{per_joint}; use the config that the network belongs to"
        )
