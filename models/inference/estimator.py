"""Boxes in a picture → joints: crops, network, flip test and decoding, in NumPy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.codecs import Codec
from models.deploy.description import Description
from models.deploy.exported import NumpyEngine
from models.inference.crops import Cropper
from models.structures import KeypointSet


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
    """

    def __init__(self, engine: NumpyEngine, description: Description, batch_size: int = 64) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size {batch_size} must be 1 or more")
        self.engine = engine
        self.description = description
        self.batch_size = batch_size
        self._crop = Cropper(description)

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
        crops, center, scale = self._crop(image, boxes)
        heatmaps = self._heatmaps(crops)
        points, scores = self.codec.decode(heatmaps, center, scale)
        keypoints = np.concatenate([points, scores], axis=-1).astype(np.float32)
        return Poses(keypoints, heatmaps, center, scale)

    def _heatmaps(self, crops: np.ndarray) -> np.ndarray:
        """Heatmaps averaged over the views, as `models.posenets.views` averages tensors."""
        test_cfg = self.description.test_cfg
        if test_cfg["flip_test"]:
            both = self.engine(np.concatenate([crops, crops[..., ::-1]]))
            check_heatmaps(both, self.keypoints, self.codec)
            direct, mirrored = np.split(both, 2)
            pairs, shift = self.keypoints.flip_pairs, test_cfg["shift_heatmap"]
            views = [direct, self.codec.flip_back(mirrored, pairs, shift)]
        else:
            views = [self.engine(crops)]
            check_heatmaps(views[0], self.keypoints, self.codec)
        if test_cfg["average_clips"] == "prob":
            views = [_softmax(view) for view in views]
        return views[0] if len(views) == 1 else (views[0] + views[1]) * np.float32(0.5)


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


def _softmax(heatmaps: np.ndarray) -> np.ndarray:
    powers = np.exp(heatmaps - heatmaps.max(axis=(2, 3), keepdims=True))
    return powers / powers.sum(axis=(2, 3), keepdims=True)
