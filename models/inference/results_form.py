"""How what was found is written as json, in pictures and in videos alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.structures import KeypointSet


def plain_keypoints(keypoints: KeypointSet) -> dict[str, Any]:
    """What the joints are: their set's name, their names in order, and the links between them."""
    return {
        "name": keypoints.name,
        "names": list(keypoints.names),
        "skeleton": [list(link) for link in keypoints.skeleton],
    }


def plain_person(person: Mapping[str, Any]) -> dict[str, Any]:
    """A person in json's types, to a hundredth of a pixel.

    Args:
        person: `keypoints` (K, 3) x, y, score and `bbox` (4,) or (5,), perhaps `track_id`.

    Returns:
        `bbox` [x1, y1, x2, y2] or with score, `keypoints` [[x, y, score], …], `track_id` if any.
    """
    plain = {"track_id": int(person["track_id"])} if "track_id" in person else {}
    box = np.asarray(person["bbox"], dtype=np.float64)
    pose = np.asarray(person["keypoints"], dtype=np.float64)
    places, scores = np.round(pose[:, :2], 2).tolist(), np.round(pose[:, 2], 4).tolist()
    plain["bbox"] = np.round(box[:4], 2).tolist() + np.round(box[4:], 4).tolist()
    plain["keypoints"] = [[x, y, score] for (x, y), score in zip(places, scores, strict=True)]
    return plain
