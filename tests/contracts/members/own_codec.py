"""A codec of one's own: a pyramid around a keypoint, and the centre of mass of a heatmap."""

from __future__ import annotations

import numpy as np

from models.codecs import Codec, heatmap_to_image
from models.codecs.frames import crop_to_heatmap
from models.registry import CODECS


@CODECS.register_module()
class Pyramid(Codec):
    """Targets fall linearly from 1 at the keypoint to 0 at a distance.

    Args:
        reach: that distance, in heatmap pixels.
    """

    def __init__(self, reach: float = 3.0) -> None:
        self.reach = reach

    def encode(self, keypoints, visible, input_size, heatmap_size):
        points = crop_to_heatmap(keypoints, input_size, heatmap_size)
        rows, columns = np.indices(heatmap_size[::-1])
        distance = np.maximum(
            np.abs(columns - points[:, :1, None]), np.abs(rows - points[:, 1:2, None])
        )
        target = np.maximum(1 - distance / self.reach, 0)
        return target.astype(np.float32), visible[:, :1].astype(np.float32)

    def decode(self, heatmaps, center, scale):
        mass = np.maximum(heatmaps, 1e-6)
        rows, columns = np.indices(heatmaps.shape[2:])
        total = mass.sum(axis=(2, 3))
        coords = [(mass * axis).sum(axis=(2, 3)) / total for axis in (columns, rows)]
        size = heatmaps.shape[:1:-1]
        points = heatmap_to_image(np.stack(coords, axis=-1), center, scale, size)
        return points, heatmaps.max(axis=(2, 3))[..., None]
