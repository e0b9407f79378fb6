"""Label and answer of one person, side by side."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import draw_comparison


@pytest.fixture
def label():
    label = np.zeros((17, 3))
    label[5], label[7] = (40, 20, 2), (40, 60, 2)  # left shoulder and elbow
    label[6], label[8] = (90, 20, 2), (90, 60, 2)
    return label


def halves(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return picture[30:400, :300].astype(int), picture[30:400, 306:].astype(int)


def test_equal_halves_for_a_perfect_answer(label):
    image = np.full((80, 120, 3), 90, np.uint8)
    picture = draw_comparison(image, label, label, COCO_17, caption=("one", "two"))
    assert picture.shape[1] == 606 and picture.shape[0] > 400 + 2 * 15
    left, right = halves(picture)
    assert (left != 90).any()
    differing = (left != right).any(axis=2)
    assert 0 < differing.sum() < 4 * 8**2  # the marks of four joints


def test_joints_lie_on_what_they_are_of(label):
    """The left shoulder is red in the picture, and drawn in the middle of the red."""
    image = np.full((80, 120, 3), 90, np.uint8)
    image[17:24, 37:44] = 0, 0, 255
    for half in halves(draw_comparison(image, label, label, COCO_17)):
        rows, columns = np.nonzero((half == (0, 0, 255)).all(axis=2))
        middle = round((rows.min() + rows.max()) / 2), round((columns.min() + columns.max()) / 2)
        near = half[middle[0] - 2 : middle[0] + 3, middle[1] - 2 : middle[1] + 3]
        assert not (near == (0, 0, 255)).all(axis=2).any()
        assert np.ptp(rows) > 20


def test_errors_are_marked(label):
    image = np.full((80, 120, 3), 90, np.uint8)
    pose = label.copy()
    pose[7, :2] = 65, 60
    left, right = halves(draw_comparison(image, pose, label, COCO_17))
    white = (right > 235).all(axis=2)
    assert not (left > 235).all(axis=2).any()
    assert np.ptp(np.nonzero(white)[1]) > 60  # the line to where the elbow is labelled
    green = COCO_17.colors[7][::-1]
    assert ((left - green) ** 2).sum(axis=2).min() < 300
    assert ((right - green) ** 2).sum(axis=2).min() < 300


def test_unlabelled_joints_are_drawn_where_they_are_certain(label):
    image = np.full((80, 120, 3), 90, np.uint8)
    certain, uncertain = label.copy(), label.copy()
    certain[0], uncertain[0] = (65, 10, 0.9), (65, 10, 0.2)
    plain = draw_comparison(image, label, label, COCO_17)
    assert (draw_comparison(image, uncertain, label, COCO_17) == plain).all()
    assert (draw_comparison(image, certain, label, COCO_17) != plain).any()


@pytest.mark.parametrize("offset", [-60, 500, 1e7])
def test_people_at_the_edge_and_outside(label, offset):
    image = np.full((80, 120, 3), 90, np.uint8)
    pose = label + np.array([offset, 0, 0])
    assert draw_comparison(image, pose, label, COCO_17, panel=(30, 40)).shape == (40, 66, 3)


def test_large_and_small_people_are_seen_alike(label):
    for size in (0.1, 20):
        image = np.full((int(80 * max(1, size)), int(120 * max(1, size)), 3), 90, np.uint8)
        scaled = label * (size, size, 1)
        left, _ = halves(draw_comparison(image, scaled, scaled, COCO_17))
        assert (left != 90).any(axis=2).sum() > 1000 * min(1, size * 2)


def test_nothing_labelled(label):
    with pytest.raises(ValueError, match="no labelled joint"):
        draw_comparison(np.zeros((9, 9, 3), np.uint8), label, np.zeros((17, 3)), COCO_17)
