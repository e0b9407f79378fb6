"""Target heatmaps over the picture that they belong to, in the colours of their joints."""

from __future__ import annotations

import cv2
import numpy as np

from models.structures import KeypointSet


def overlay_targets(
    image: np.ndarray, target: np.ndarray, keypoints: KeypointSet, dimmed: float = 0.45
) -> np.ndarray:
    """Lay the heatmaps of all joints over a darkened picture; a peak of 1 covers it.

    Args:
        image: (h, w, 3) uint8, BGR; the crop at any size.
        target: (K, H, W); values are cut off at 0 and 1.
        keypoints: the colours.
        dimmed: brightness left to the picture.

    Returns:
        (h, w, 3) uint8, BGR.

    Raises:
        ValueError: the target has another number of joints.
    """
    if len(target) != keypoints.num_joints:
        raise ValueError(
            f"target of {len(target)} joints; '{keypoints.name}' has {keypoints.num_joints}"
        )
    # Cells are shown as they are: a target is coarse, and one should see how coarse.
    size = image.shape[1::-1]
    result = image.astype(np.float32) * dimmed
    for heatmap, color in zip(np.clip(target, 0, 1), keypoints.colors, strict=True):
        if heatmap.any():
            shown = cv2.resize(heatmap, size, interpolation=cv2.INTER_NEAREST)[..., None]
            result += shown * (np.float32(color[::-1]) - result)
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)
