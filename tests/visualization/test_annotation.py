"""Labels, views, words and targets on pictures."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import captioned, draw_annotations, overlay_targets, titled, view
from models.visualization.annotation import ALARM, CHOSEN_BOX
from models.visualization.view import BACKGROUND


@pytest.fixture
def grey() -> np.ndarray:
    return np.full((200, 200, 3), 120, np.uint8)


def test_occluded_joints_are_hollow(grey):
    joints = np.zeros((1, 17, 3))
    joints[0, 5], joints[0, 6] = (40, 20, 2), (40, 180, 1)
    drawn = draw_annotations(grey, joints, COCO_17)
    assert drawn[20, 40].tolist() == list(COCO_17.colors[5][::-1])
    assert drawn[180, 40].tolist() == [255, 255, 255]
    assert (grey == 120).all()


def test_boxes_and_marks(grey):
    joints = np.zeros((2, 17, 3))
    joints[:, 5], joints[:, 6] = (60, 60, 2), (140, 140, 2)
    joints[1, :, 0] += 30
    marked = np.zeros((2, 17), bool)
    marked[0, 6] = True
    boxes = np.array([[20, 30, 150, 160], [300, 300, 5, 5]])
    drawn = draw_annotations(grey, joints, COCO_17, boxes, [CHOSEN_BOX], marked)
    assert drawn[30, 90].tolist() == list(CHOSEN_BOX)
    red = (drawn == ALARM).all(axis=2)
    ys, xs = np.nonzero(red)
    np.testing.assert_allclose((xs.mean(), ys.mean()), (140, 140), atol=1)
    nobody = draw_annotations(grey, np.zeros((0, 17, 3)), COCO_17, np.zeros((0, 4)))
    assert (nobody == grey).all()


@pytest.mark.parametrize("size", [(50, 50), (400, 400), (300, 100), (130, 130)])
def test_points_go_with_the_view(size):
    image = np.zeros((200, 200, 3), np.uint8)
    image[118:123, 78:83] = 255  # around (80, 120)
    shown, matrix = view(image, (-0.5, -0.5, 200, 200), size)
    assert shown.shape == (size[1], size[0], 3)
    weight = (shown[..., 0] > 128) & (shown != BACKGROUND[0])[..., 0]
    ys, xs = np.nonzero(weight)
    np.testing.assert_allclose((xs.mean(), ys.mean()), matrix @ (80, 120, 1), atol=0.5)


def test_view_beyond_the_picture(grey):
    shown, matrix = view(grey, (-100, -100, 200, 200), (100, 100))
    assert shown[10, 10].tolist() == list(BACKGROUND)
    assert shown[90, 90].tolist() == [120] * 3
    np.testing.assert_allclose(matrix @ (0, 0, 1), (49.5, 49.5))


def test_words(grey):
    under = captioned(grey, ["turned −3°", "a" * 500])
    assert under.shape[1] == 200
    assert (under[:200] == grey).all()
    assert (under[200:] < 128).any()
    above = titled(grey, ["one"])
    assert (above[-200:] == grey).all()


def test_targets_cover_the_picture_in_their_colours(grey):
    target = np.zeros((17, 50, 50), np.float32)
    target[5, 10, 20] = 1
    target[6, 30, 20] = 0.5
    shown = overlay_targets(grey, target, COCO_17, dimmed=0.5)
    assert shown[41, 81].tolist() == list(COCO_17.colors[5][::-1])
    half = [60 + (c - 60) * 0.5 for c in COCO_17.colors[6][::-1]]
    np.testing.assert_allclose(shown[121, 81], half, atol=0.6)
    assert shown[0, 0].tolist() == [60] * 3
    with pytest.raises(ValueError, match="target of 16 joints"):
        overlay_targets(grey, target[1:], COCO_17)
