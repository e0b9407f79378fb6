"""Exchanged sides are found, and people who turn, bend and cross their legs are left in peace."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.analysis.sides import find_exchanges, pair_of
from models.structures import COCO_17, MPII_16

PARTS = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")


def exchanged(joints: np.ndarray, *parts: str) -> np.ndarray:
    joints = joints.copy()
    for part in parts:
        left, right = pair_of(part, COCO_17)
        joints[[left, right]] = joints[[right, left]]
    return joints


def turned(joints: np.ndarray, degrees: float) -> np.ndarray:
    a = np.deg2rad(degrees)
    matrix = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return np.column_stack([(joints[:, :2] - 100) @ matrix.T + 100, joints[:, 2]])


def narrowed(joints: np.ndarray, factor: float) -> np.ndarray:
    """As if the person turned about the spine; below 0: away from the viewer."""
    joints = joints.copy()
    joints[:, 0] = 100 + (joints[:, 0] - 100) * factor
    if factor < 0:
        joints[:3, 2] = 0
    return joints


@pytest.mark.parametrize("degrees", [0, 50, 90, 180, -90])
@pytest.mark.parametrize("factor", [1, 0.5, 0.1, -0.1, -1])
def test_right_labels_pass(standing, degrees, factor):
    assert not find_exchanges(turned(narrowed(standing, factor), degrees)[None], COCO_17)


@pytest.mark.parametrize("degrees", [0, 90, 180])
@pytest.mark.parametrize(
    ("parts", "why"),
    [
        (PARTS, "the face is seen, but all sides"),
        (("eye", "ear"), "left eye is where the right one"),
        (("shoulder",), "shoulder"),
        (("hip", "knee", "ankle"), "hips of one"),
        (("shoulder", "elbow", "wrist"), "shoulders"),
        (("elbow", "wrist"), "elbows are"),
    ],
)
def test_exchanged_sides_are_found(standing, parts, why, degrees):
    joints = turned(exchanged(standing, *parts), degrees)
    (found,) = find_exchanges(np.stack([standing, joints]), COCO_17)
    assert found.person == 1
    assert why in found.why
    assert found.severity > 1


def test_everything_exchanged_without_hips(standing):
    joints = exchanged(standing, *PARTS)
    joints[11:, 2] = 0
    (found,) = find_exchanges(joints[None], COCO_17)
    assert "face is seen" in found.why


def test_a_face_that_is_not_seen_proves_nothing(standing):
    joints = exchanged(standing, *PARTS)
    joints[:3, 2] = 1  # labelled, but hidden: one may be seen from behind
    assert not find_exchanges(joints[None], COCO_17)


def test_twisted_trunk_and_turned_head_pass(standing):
    hips = list(pair_of("hip", COCO_17))
    joints = standing.copy()
    joints[hips, 0] = 100 - (joints[hips, 0] - 100) * 0.3
    assert not find_exchanges(joints[None], COCO_17)
    back = exchanged(standing, *PARTS)
    back[:5, 0] = 100 - (back[:5, 0] - 100) * 0.4 + 5  # looks over the shoulder
    assert not find_exchanges(back[None], COCO_17)


def test_crossed_legs_and_arms_pass(standing):
    joints = exchanged(standing, "wrist", "ankle")
    knees = list(pair_of("knee", COCO_17))
    joints[knees, 0] = 100 - (joints[knees, 0] - 100) * 0.5
    assert not find_exchanges(joints[None], COCO_17)


def test_few_or_no_labels_are_not_judged(standing):
    assert not find_exchanges(np.zeros((0, 17, 3)), COCO_17)
    assert not find_exchanges(np.zeros((2, 17, 3)), COCO_17)
    joints = exchanged(standing, "shoulder")
    joints[:5, 2] = joints[7:, 2] = 0
    assert not find_exchanges(joints[None], COCO_17)


def test_joints_without_a_face(standing):
    mpii = np.zeros((16, 3))
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        for here, there in zip(pair_of(part, MPII_16), pair_of(part, COCO_17), strict=True):
            mpii[here] = standing[there]
    assert not find_exchanges(mpii[None], MPII_16)
    right, left = pair_of("hip", MPII_16)
    mpii[[right, left]] = mpii[[left, right]]
    assert len(find_exchanges(mpii[None], MPII_16)) == 1


def test_real_labels_pass(real):
    entries = json.loads((real / "coco" / "test_coco.json").read_text())["annotations"]
    coco = np.array([entry["keypoints"] for entry in entries], float).reshape(-1, 17, 3)
    assert not find_exchanges(coco, COCO_17)
    people = json.loads((real / "mpii" / "test_mpii.json").read_text())
    mpii = [np.column_stack([p["joints"], 2 * np.array(p["joints_vis"])]) for p in people]
    assert not find_exchanges(np.array(mpii, float), MPII_16)
