"""Crops of the upper or the lower half."""

import numpy as np
import pytest

from models.pipelines import TopDownHalfBodyTransform
from models.pipelines.half_body import half_body_crop

UPPER = list(range(4))


@pytest.fixture
def body():
    """Eight visible joints: four above (rows 0–10), four below (rows 50–90)."""
    joints = np.zeros((8, 3), np.float32)
    joints[:4, :2] = [[0, 0], [20, 0], [0, 10], [20, 10]]
    joints[4:, :2] = [[0, 50], [40, 50], [0, 90], [20, 90]]
    return joints, np.ones((8, 3), np.float32)


def crops(joints, visible, draws=50):
    rng = np.random.RandomState(0)
    return [half_body_crop(joints, visible, UPPER, 0.75, rng) for _ in range(draws)]


def test_upper_and_lower_by_hand(body):
    """Upper 20×10 → 20×26.67; lower 40×40 → 40×53.33; centers are means of joints."""
    found = {tuple(np.round([*c, *s], 4)) for c, s in crops(*body)}
    upper = (10, 5, 20 / 200 * 1.5, 20 / 0.75 / 200 * 1.5)
    lower = (15, 70, 40 / 200 * 1.5, 40 / 0.75 / 200 * 1.5)
    np.testing.assert_allclose(sorted(found), sorted([upper, lower]), atol=1e-4)


def test_upper_is_chosen_69_times_in_100(body):
    """A standard normal draw below 0.5: probability 0.6915."""
    upper = np.mean([center[1] == 5 for center, _ in crops(*body, draws=3000)])
    assert abs(upper - 0.6915) < 4 * np.sqrt(0.69 * 0.31 / 3000)


def test_a_half_of_two_joints_gives_way(body):
    joints, visible = body
    visible[:2] = 0  # two remain above
    assert {center[1] for center, _ in crops(joints, visible)} == {70}
    visible[:2], visible[4:6] = 1, 0  # two remain below
    assert {center[1] for center, _ in crops(joints, visible)} == {5}


@pytest.mark.parametrize("place", ["one joint", "one point"])
def test_no_crop_without_extent(body, place):
    joints, visible = body
    if place == "one joint":
        visible[1:] = 0
    else:
        joints[:, :2] = 7
    assert crops(joints, visible) == [None] * 50


def test_step_asks_for_more_than_enough_joints(sample):
    """15 joints are visible."""
    center = sample["center"]
    assert TopDownHalfBodyTransform(15, 1)(dict(sample))["center"] is center
    assert TopDownHalfBodyTransform(14, 1)(dict(sample))["center"] is not center


def test_step_probability(sample):
    step = TopDownHalfBodyTransform(8, 0.3)
    changed = [step(dict(sample))["center"] is not sample["center"] for _ in range(800)]
    assert 0.25 < np.mean(changed) < 0.35


def test_invisible_joints_have_no_part(sample):
    """Joints 3 and 4 lie at (0, 0), unseen; the crop of the upper half must not know."""
    made = [TopDownHalfBodyTransform(8, 1)(dict(sample)) for _ in range(50)]
    seen = np.delete(np.arange(11), [3, 4])
    expected = sample["joints_3d"][seen, :2].mean(axis=0)
    assert any(np.allclose(m["center"], expected) for m in made)
