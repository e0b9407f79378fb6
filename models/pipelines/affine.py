"""The crop: picture and joints through one matrix."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES
from models.structures import crop_matrix, transform_points, udp_matrix


@PIPELINES.register_module()
class TopDownAffine:
    """Cut the crop that `center`, `scale` and `rotation` describe, bilinearly, black outside.

    `crop_matrix` (2, 3) records the way from the image to the crop. Joints that are not visible
    stay as they are: their coordinates mean nothing.

    Args:
        use_udp: the matrix of unbiased data processing, for networks trained with it.
    """

    def __init__(self, use_udp: bool = False) -> None:
        self.use_udp = use_udp

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        matrix = self.prepare(sample)
        width, height = (int(side) for side in sample["ann_info"]["image_size"])
        sample["img"] = cv2.warpAffine(
            sample["img"], matrix, (width, height), flags=cv2.INTER_LINEAR
        )
        return sample

    def prepare(self, sample: dict[str, Any]) -> np.ndarray:
        """All but the picture: take the joints along and answer the matrix (2, 3)."""
        size = sample["ann_info"]["image_size"]
        make = udp_matrix if self.use_udp else crop_matrix
        matrix = make(sample["center"], sample["scale"], sample["rotation"], size)
        sample["crop_matrix"] = matrix
        seen = sample["joints_3d_visible"][:, 0] > 0
        joints = sample["joints_3d"].copy()
        joints[seen, :2] = transform_points(joints[seen, :2], matrix)
        sample["joints_3d"] = joints
        return matrix
