"""Crops of half a person, so that truncated people are no surprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.builder import PIPELINES
from models.pipelines.sample import rng_of
from models.structures import box_to_center_scale

UPPER_THRESHOLD = 0.5
PADDING = 1.5


def half_body_crop(
    joints: np.ndarray,
    visible: np.ndarray,
    upper_body: Sequence[int],
    aspect_ratio: float,
    rng: np.random.RandomState,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Center (2,) and scale (2,) around the visible joints of the upper or the lower half.

    The upper half is taken where a standard normal draw is below 0.5, that is with probability
    0.69 and not a half, as published; a half with two joints or fewer gives way to the other.

    Args:
        joints: joints (K, 3), image frame.
        visible: visibility (K, 3).
        upper_body: indices of the upper half; all other joints are the lower.
        aspect_ratio: width / height of the network's input.
        rng: what the half is drawn from.

    Returns:
        The crop, padded by 1.5 around the mean of the joints; None where fewer than two distinct
        joints were chosen.
    """
    seen = visible[:, 0] > 0
    is_upper = np.zeros(len(joints), dtype=bool)
    is_upper[list(upper_body)] = True
    upper, lower = np.flatnonzero(seen & is_upper), np.flatnonzero(seen & ~is_upper)
    if rng.randn() < UPPER_THRESHOLD and len(upper) > 2:
        chosen = upper
    else:
        chosen = lower if len(lower) > 2 else upper
    points = joints[chosen, :2]
    if len(points) < 2 or not np.ptp(points, axis=0).any():
        return None
    box = np.concatenate([points.min(axis=0), np.ptp(points, axis=0)])
    _, scale = box_to_center_scale(box, aspect_ratio, PADDING)
    return points.mean(axis=0).astype(np.float32), scale


@PIPELINES.register_module()
class TopDownHalfBodyTransform:
    """With probability `prob_half_body`, crop half of a person who shows enough joints.

    Args:
        num_joints_half_body: only persons with more visible joints than this.
        prob_half_body: probability.
    """

    def __init__(self, num_joints_half_body: int = 8, prob_half_body: float = 0.3) -> None:
        self.num_joints_half_body = num_joints_half_body
        self.prob_half_body = prob_half_body

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        visible = sample["joints_3d_visible"]
        enough = np.count_nonzero(visible[:, 0] > 0) > self.num_joints_half_body
        rng = rng_of(sample)
        if enough and rng.rand() < self.prob_half_body:
            info = sample["ann_info"]
            width, height = info["image_size"]
            crop = half_body_crop(
                sample["joints_3d"], visible, info["upper_body_ids"], width / height, rng
            )
            if crop is not None:
                sample["center"], sample["scale"] = crop
        return sample
