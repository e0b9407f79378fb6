"""Decoded keypoints in the form that pose data sets evaluate: mmpose 0.x's, a dict a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.codecs import Codec
from models.structures import PIXEL_STD


def pose_predictions(
    heatmaps: np.ndarray, metas: Sequence[Mapping[str, Any]], codec: Codec
) -> list[dict[str, Any]]:
    """Heatmaps of a batch → keypoints in the image frame.

    Args:
        heatmaps: (B, K, h, w).
        metas: per sample `center`, `scale`, `image_file`, `bbox_id` and, of a detector's box,
            `bbox_score`; `skipped` where it stands in for another.
        codec: what the heatmaps are decoded by.

    Returns:
        One dict: preds (B, K, 3): x, y and score; boxes (B, 6): center x, y, scale w, h in units of
        200 px, area in px², score; image_paths; bbox_ids; skipped, file → reason, if images were.
    """
    center = np.stack([meta["center"] for meta in metas])
    scale = np.stack([meta["scale"] for meta in metas])
    score = np.array([meta.get("bbox_score", 1.0) for meta in metas])
    points, scores = codec.decode(heatmaps, center, scale)
    area = np.prod(scale * PIXEL_STD, axis=1)
    # A sample that stands in for one with a bad image is counted where it is itself.
    own = [i for i, meta in enumerate(metas) if "skipped" not in meta]
    predictions = {
        "preds": np.concatenate([points, scores], axis=-1)[own],
        "boxes": np.concatenate([center, scale, area[:, None], score[:, None]], axis=1)[own],
        "image_paths": [metas[i]["image_file"] for i in own],
        "bbox_ids": [metas[i]["bbox_id"] for i in own],
    }
    if len(own) < len(metas):
        predictions["skipped"] = {
            file: why for meta in metas for file, why in meta.get("skipped", {}).items()
        }
    return [predictions]
