"""The mirror image."""

import numpy as np

from models.pipelines import TopDownRandomFlip
from models.pipelines.flip import flip_joints


def test_joints_by_hand():
    """Three joints, the last two a pair; 10 columns, so column 0 becomes column 9."""
    joints = np.float32([[0, 5, 0], [2, 6, 0], [7, 8, 0]])
    visible = np.float32([[1, 1, 0], [0, 0, 0], [1, 1, 0]])
    flipped, seen = flip_joints(joints, visible, 10, [(1, 2)])
    np.testing.assert_array_equal(flipped, [[9, 5, 0], [2, 8, 0], [7, 6, 0]])
    np.testing.assert_array_equal(seen, [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


def test_picture_center_and_box_are_mirrored_together(sample):
    image = sample["img"].copy()
    made = TopDownRandomFlip(flip_prob=1)(sample)
    assert made["flipped"] is True
    np.testing.assert_array_equal(made["img"], image[:, ::-1])
    np.testing.assert_array_equal(made["center"], [119 - 50, 50])
    np.testing.assert_array_equal(made["bbox"], [119 - 20 - 60, 5, 60, 90])


def test_twice_is_once_not(sample):
    step = TopDownRandomFlip(flip_prob=1)
    made = step(step(dict(sample)))
    for key in ("img", "joints_3d", "joints_3d_visible", "center", "bbox"):
        np.testing.assert_allclose(made[key], sample[key], atol=1e-5, err_msg=key)


def test_probability(sample):
    step = TopDownRandomFlip(flip_prob=0.25)
    assert 0.2 < np.mean([step(dict(sample))["flipped"] for _ in range(800)]) < 0.3


def test_never_leaves_the_sample_alone(sample):
    made = TopDownRandomFlip(flip_prob=0)(dict(sample))
    assert made.pop("flipped") is False
    assert all(made[key] is sample[key] for key in sample)
