"""How close two sets of heatmaps are, in keypoints."""

from __future__ import annotations

import numpy as np

from models.codecs import Codec
from models.structures import PIXEL_STD

SURE = 0.3
"""Scores above this share of the highest of all show a keypoint, not noise."""


def keypoint_closeness(
    expected: np.ndarray, predicted: np.ndarray, input_size: tuple[int, int], codec: Codec
) -> dict[str, float]:
    """Shares of the keypoints that stay where they were.

    Args:
        expected: heatmaps (B, C, h, w) of the network.
        predicted: heatmaps of the same shape.
        input_size: (w, h) of crops.
        codec: what the heatmaps are decoded by.

    Returns:
        `joints`: the share of keypoints that lie less than half a pixel of the crop apart. Where
        two places of a heatmap are equally high, rounding decides for one of them.
        `sure`: of the keypoints that the network is sure of (`SURE`), the share that lies less than
        a heatmap pixel apart; NaN where it is sure of none.
    """
    size = np.array(input_size, dtype=np.float64)
    center = np.tile(size / 2, (len(expected), 1))
    scale = np.tile(size / PIXEL_STD, (len(expected), 1))
    points = [codec.decode(heatmaps, center, scale)[0] for heatmaps in (expected, predicted)]
    distance = np.linalg.norm(points[0] - points[1], axis=-1)
    heights = codec.keypoint_maps(expected).max(axis=(2, 3))
    pixel = size[0] / expected.shape[-1]
    near = distance[heights > SURE * heights.max()] < pixel
    return {
        "joints": float((distance < 0.5).mean()),
        "sure": float(near.mean()) if near.size else float("nan"),
    }
