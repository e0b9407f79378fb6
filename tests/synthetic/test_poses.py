"""Poses stay within what joints allow and are as varied as the difficulty says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.synthetic.poses import FAMILIES, sample_pose
from models.synthetic.spec import Difficulty


def test_angles_stay_within_joint_limits() -> None:
    rng = np.random.default_rng(0)
    for _, sampler in FAMILIES.values():
        for _ in range(30):
            pose = sampler(rng)
            for limb in (pose.left_arm, pose.right_arm):
                assert 0.0 <= limb.bend <= 150.0
                assert 0.0 <= limb.raise_side <= 175.0
            for limb in (pose.left_leg, pose.right_leg):
                assert 0.0 <= limb.bend <= 150.0
                assert 0.0 <= limb.raise_side <= 60.0
                assert -60.0 <= limb.swing <= 125.0


def test_people_face_as_often_as_the_difficulty_says() -> None:
    rng = np.random.default_rng(0)
    seen = [sample_pose(rng, Difficulty())[1] for _ in range(1000)]
    for name, share in zip(("front", "side", "back"), Difficulty().facing, strict=True):
        assert abs(seen.count(name) / len(seen) - share) < 0.05


def test_someone_seen_from_the_front_faces_the_viewer() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        pose, seen = sample_pose(rng, Difficulty())
        toward = np.cos(np.radians(pose.yaw))
        assert {"front": toward > 0.6, "back": toward < -0.6, "side": abs(toward) < 0.6}[seen]


def test_unusual_rotations_are_as_rare_as_the_difficulty_says() -> None:
    rng = np.random.default_rng(0)
    upright = replace(Difficulty(), unusual=0.0)
    assert max(abs(sample_pose(rng, upright)[0].roll) for _ in range(300)) < 30.0
    rolls = [abs(sample_pose(rng, Difficulty(unusual=0.5))[0].roll) for _ in range(300)]
    assert 0.35 < np.mean(np.asarray(rolls) > 30.0) < 0.6
