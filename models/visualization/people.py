"""People as inference answers them, on their picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.structures import KeypointSet
from models.visualization.skeleton import draw_poses


def draw_people(
    image: np.ndarray,
    people: Sequence[Mapping[str, Any]],
    keypoints: KeypointSet,
    *,
    score_thr: float = 0.3,
    style: str = "sides",
    boxes: bool = False,
    ids: bool = True,
    box_color: str | None = None,
    thickness: float | None = None,
    radius: float | None = None,
) -> np.ndarray:
    """Draw people on a copy of their picture.

    Args:
        image: (H, W, 3) uint8, BGR.
        people: dicts with `keypoints` (K, 3): x, y in the image and score; `bbox` (≥4,) corners
            x, y, needed for `boxes` only; `track_id` where there is one.
        keypoints: names, limbs and colors of the joints.
        score_thr, style, box_color, thickness, radius: see `draw_poses`.
        boxes: whether to draw the boxes too.
        ids: whether to draw track ids, where there are any.

    Returns:
        (H, W, 3) uint8, BGR.

    Raises:
        KeyError: a person lacks `keypoints`, or `bbox` where boxes are to be drawn.
        ValueError: see `draw_poses`.
    """
    needed = ("keypoints", "bbox") if boxes else ("keypoints",)
    for i, person in enumerate(people):
        for key in needed:
            if key not in person:
                raise KeyError(f"person {i} has no '{key}', only {sorted(person)}")
    poses = np.array([person["keypoints"] for person in people], dtype=np.float64)
    numbers = [person.get("track_id") for person in people]
    return draw_poses(
        image,
        poses if people else np.zeros((0, keypoints.num_joints, 3)),
        keypoints,
        score_thr,
        style=style,
        boxes=[np.asarray(person["bbox"])[:4] for person in people] if boxes and people else None,
        ids=numbers if ids else None,
        box_color=box_color,
        thickness=thickness,
        radius=radius,
    )
