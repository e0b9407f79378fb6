"""Joints of a painted body with their visibility, read from who owns the pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.structures.coco import COCO_17
from models.structures.mpii import MPII_16
from models.synthetic.body import BONES, PARTS, Body
from models.synthetic.canvas import Canvas, owner_id
from models.synthetic.head import faces_viewer

OUTSIDE, OCCLUDED, VISIBLE = 0, 1, 2

MPII_POINTS = {"thorax": "thorax", "upper_neck": "neck", "head_top": "head_top", "pelvis": "pelvis"}
"""MPII joints that have another name, or none, among a skeleton's points."""

GUESSABLE = 0.5
"""A joint hidden by something else is labelled if at least this share of its person is seen."""


@dataclass(frozen=True)
class Coverage:
    """What is left of a person after everything in front was painted."""

    box: tuple[float, float, float, float]
    """(x, y, w, h) in pixels of the silhouette inside the picture, hidden parts included."""
    area: int
    """Pixels of the person that are seen."""
    share: float
    """Seen part of the silhouette inside the picture."""


def measure(silhouette: np.ndarray, owner: np.ndarray, person: int) -> Coverage | None:
    """Box, seen area and seen share from a silhouette (H, W); None where nothing is inside."""
    rows, columns = np.flatnonzero(silhouette.any(1)), np.flatnonzero(silhouette.any(0))
    if not len(rows):
        return None
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
    seen = int(((owner[y0 : y1 + 1, x0 : x1 + 1] // Canvas.PARTS) == person + 1).sum())
    box = (float(x0), float(y0), float(x1 - x0 + 1), float(y1 - y0 + 1))
    return Coverage(box, seen, seen / int(silhouette.sum()))


def coco_joints(body: Body, owner: np.ndarray, person: int, share: float) -> np.ndarray:
    """COCO's joints (17, 3): x, y in the image and visibility 0, 1 or 2; 0, 0, 0 if unlabelled.

    Unlabelled are joints outside the picture, points of a face turned away, and joints behind
    something else of a person of whom little is seen.
    """
    return np.stack([_joint(body, name, name, owner, person, share) for name in COCO_17.names])


def mpii_joints(body: Body, owner: np.ndarray, person: int, share: float) -> np.ndarray:
    """MPII's joints (16, 3) by the same rules."""
    return np.stack(
        [
            _joint(body, name, MPII_POINTS.get(name, name), owner, person, share)
            for name in MPII_16.names
        ]
    )


def _joint(
    body: Body, name: str, point: str, owner: np.ndarray, person: int, share: float
) -> np.ndarray:
    x, y = body.point(point)
    h, w = owner.shape
    if not (0.0 <= x <= w - 1 and 0.0 <= y <= h - 1):
        return np.zeros(3)
    if name.split("_")[-1] in ("nose", "eye", "ear") and not faces_viewer(body, name):
        return np.zeros(3)
    # a joint on the silhouette's edge is seen if half of the pixels about it are its own
    reach = max(0.012 * body.scale, 1.0)
    around = np.array(((0, 0), (-reach, 0), (reach, 0), (0, -reach), (0, reach)))
    places = np.rint(around + np.array((x, y))).astype(int)
    columns, rows = np.clip(places[:, 0], 0, w - 1), np.clip(places[:, 1], 0, h - 1)
    owners = owner[rows, columns].tolist()
    own = {owner_id(person, PARTS.index(part)) for part in _carriers(body, name)}
    if sum(number in own for number in owners) >= 3:
        return np.array((x, y, VISIBLE))
    behind_itself = sum(number // Canvas.PARTS == person + 1 for number in owners) >= 3
    if not behind_itself and share < GUESSABLE:
        return np.zeros(3)
    return np.array((x, y, OCCLUDED))


def _carriers(body: Body, name: str) -> tuple[str, ...]:
    """The parts whose pixels show a joint."""
    side, _, joint = name.partition("_")
    points = body.skeleton.points
    if name in ("pelvis", "thorax", "upper_neck", "head_top", "nose"):
        return {
            "pelvis": ("pelvis", "torso", "left_thigh", "right_thigh"),
            "thorax": ("torso", "neck", "pack"),
            "upper_neck": ("neck", "head", "torso"),
        }.get(name, ("head",))
    if joint in ("eye", "ear"):
        return ("head",)
    limbs = tuple(
        f"{side}_{part}" for part, (start, end, *_) in BONES.items() if joint in (start, end)
    )
    if joint == "shoulder":  # under the shirt, but seen unless it is the far one from the side
        return (*limbs, "torso") if (points[name] - points["thorax"])[2] > -0.075 else limbs
    if joint == "hip":
        near = (points[name] - points["pelvis"])[2] > -0.04
        return (*limbs, "pelvis", "torso") if near else limbs
    return limbs
