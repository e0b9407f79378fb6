"""Mirror image: the image, its joints and its box together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES
from models.pipelines.sample import rng_of


def flip_joints(
    joints: np.ndarray, visible: np.ndarray, width: int, flip_pairs: Sequence[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Joints (K, 3) and visibility (K, 3) in the mirror image of an image of `width` columns.

    The left hand's mirror image is a right hand, so the pairs change places.
    """
    order = np.arange(len(joints))
    pairs = np.asarray(flip_pairs, dtype=int).reshape(-1, 2)
    order[pairs] = pairs[:, ::-1]
    joints, visible = joints[order], visible[order]
    joints[:, 0] = width - 1 - joints[:, 0]
    return joints, visible


@PIPELINES.register_module()
class TopDownRandomFlip:
    """With probability `flip_prob`, mirror the sample; `flipped` records whether it was.

    Args:
        flip_prob: probability.
    """

    def __init__(self, flip_prob: float = 0.5) -> None:
        self.flip_prob = flip_prob

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        sample["flipped"] = bool(rng_of(sample).rand() < self.flip_prob)
        if not sample["flipped"]:
            return sample
        image = getattr(sample, "image", None)
        if image is not None:
            width, sample.image = image.width, image.mirrored()
        else:
            width, sample["img"] = sample["img"].shape[1], cv2.flip(sample["img"], 1)
        sample["joints_3d"], sample["joints_3d_visible"] = flip_joints(
            sample["joints_3d"],
            sample["joints_3d_visible"],
            width,
            sample["ann_info"]["flip_pairs"],
        )
        sample["center"] = np.array([width - 1 - sample["center"][0], sample["center"][1]])
        if "bbox" in sample:
            x, y, w, h = sample["bbox"]
            sample["bbox"] = np.array([width - 1 - x - w, y, w, h])
        return sample
