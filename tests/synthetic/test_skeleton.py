"""Bones keep their lengths, joints bend the way people's do, left is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.synthetic.poses import mirrored, sample_pose
from models.synthetic.skeleton import Limb, Pose, articulate, sample_shape
from models.synthetic.spec import Difficulty


@pytest.fixture
def shape():
    return sample_shape(np.random.default_rng(1))


STRAIGHT = Pose(Limb(bend=0.0), Limb(bend=0.0), Limb(bend=0.0), Limb(bend=0.0))


def test_bones_keep_their_lengths_in_every_pose(shape) -> None:
    rng = np.random.default_rng(2)
    bones = (
        ("shoulder", "elbow", shape.upper_arm),
        ("elbow", "wrist", shape.forearm),
        ("hip", "knee", shape.thigh),
        ("knee", "ankle", shape.shin),
    )
    for _ in range(50):
        pose, _ = sample_pose(rng, Difficulty())
        points = articulate(shape, pose).points
        for side in ("left", "right"):
            for start, end, length in bones:
                bone = points[f"{side}_{end}"] - points[f"{side}_{start}"]
                assert np.linalg.norm(bone) == pytest.approx(length, rel=1e-9)


@pytest.mark.parametrize(("yaw", "sign"), [(0.0, 1.0), (180.0, -1.0)])
def test_left_is_right_in_the_picture_of_someone_who_faces_us(shape, yaw, sign) -> None:
    points = articulate(shape, replace(STRAIGHT, yaw=yaw)).points
    for joint in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
        assert sign * (points[f"left_{joint}"] - points[f"right_{joint}"])[0] > 0.0


def test_nose_points_where_the_body_faces(shape) -> None:
    for yaw, direction in ((0.0, (0, 0, 1)), (90.0, (1, 0, 0)), (180.0, (0, 0, -1))):
        points = articulate(shape, replace(STRAIGHT, yaw=yaw)).points
        ears = 0.5 * (points["left_ear"] + points["right_ear"])
        assert (points["nose"] - ears) @ direction > 0.5 * shape.head[2]


def test_knees_bend_backward_and_elbows_forward(shape) -> None:
    bent = Limb(raise_side=0.0, bend=70.0)
    points = articulate(shape, Pose(bent, bent, bent, bent)).points
    for side in ("left", "right"):
        assert (points[f"{side}_ankle"] - points[f"{side}_knee"])[2] < -0.1
        assert (points[f"{side}_wrist"] - points[f"{side}_elbow"])[2] > 0.1
        assert (points[f"{side}_toe"] - points[f"{side}_ankle"])[1] < 0.0


def test_sitting_thighs_go_forward_and_shins_down(shape) -> None:
    leg = Limb(raise_side=0.0, swing=90.0, bend=90.0)
    points = articulate(shape, Pose(Limb(), Limb(), leg, leg)).points
    thigh = points["left_knee"] - points["left_hip"]
    shin = points["left_ankle"] - points["left_knee"]
    np.testing.assert_allclose(thigh, (0.0, 0.0, shape.thigh), atol=1e-9)
    np.testing.assert_allclose(shin, (0.0, -shape.shin, 0.0), atol=1e-9)


def test_twisted_elbows_bend_towards_the_middle(shape) -> None:
    arm = Limb(raise_side=10.0, bend=90.0, twist=90.0)
    points = articulate(shape, replace(STRAIGHT, left_arm=arm, right_arm=arm)).points
    assert (points["left_wrist"] - points["left_elbow"])[0] < -0.1
    assert (points["right_wrist"] - points["right_elbow"])[0] > 0.1


def test_leaning_forward_brings_the_head_to_the_viewer(shape) -> None:
    upright = articulate(shape, STRAIGHT).points["head_top"]
    leaning = articulate(shape, replace(STRAIGHT, lean=40.0)).points["head_top"]
    assert leaning[2] > upright[2] + 0.15
    assert leaning[1] < upright[1]


def test_a_mirrored_pose_is_the_mirror_image(shape) -> None:
    pose = Pose(
        Limb(100.0, 20.0, 40.0, 30.0),
        Limb(20.0, -10.0, 80.0, -5.0),
        Limb(10.0, 30.0, 50.0, 5.0),
        Limb(5.0, -10.0, 20.0, 0.0),
        lean=10.0,
        side_lean=12.0,
        twist=15.0,
        head_yaw=25.0,
        head_roll=8.0,
    )
    points, other = articulate(shape, pose).points, articulate(shape, mirrored(pose)).points
    for name, point in points.items():
        swapped = name.replace("left", "?").replace("right", "left").replace("?", "right")
        np.testing.assert_allclose(other[swapped], point * (-1.0, 1.0, 1.0), atol=1e-9)
