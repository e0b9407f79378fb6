"""Boxes, and tags that stay in the picture and off each other."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import draw_poses
from models.visualization.colors import id_color
from models.visualization.frames import draw_boxes, draw_tags
from models.visualization.text import tag_size


def colored(canvas: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    return (canvas == color[::-1]).all(axis=2)


def test_box_is_at_its_corners():
    canvas = np.zeros((200, 300, 3), np.uint8)
    draw_boxes(canvas, np.array([[50, 40, 250, 160.0]]), [2])
    rows, columns = np.nonzero(canvas.any(axis=2))
    np.testing.assert_allclose([columns.min(), columns.max()], [50, 250], atol=3)
    np.testing.assert_allclose([rows.min(), rows.max()], [40, 160], atol=3)
    assert not canvas[60:140, 70:230].any()
    assert colored(canvas, id_color(2)).sum() > 300


def test_color_of_boxes_without_a_number():
    canvas = np.zeros((200, 300, 3), np.uint8)
    boxes = np.array([[20, 40, 120, 160], [150, 40, 250, 160.0]])
    draw_boxes(canvas, boxes, [None, 1], (255, 0, 0))
    assert colored(canvas, (255, 0, 0))[:, :140].any()
    assert not colored(canvas, (255, 0, 0))[:, 140:].any()
    assert colored(canvas, id_color(1))[:, 140:].any()


@pytest.mark.parametrize(
    "box", [[50, 40, 90, 90], [-40, -40, 20, 20], [294, 180, 400, 300], [0, 0, 300, 200]]
)
def test_tags_stay_in_the_picture(box):
    canvas = np.zeros((200, 300, 3), np.uint8)
    draw_tags(canvas, np.array([box], dtype=float), [12])
    field = colored(canvas, id_color(12))
    rows, columns = np.nonzero(field)
    assert np.ptp(rows) >= 8 and np.ptp(columns) + 1 >= tag_size("12", 7)[0]


def test_tags_do_not_cover_each_other():
    canvas = np.zeros((200, 300, 3), np.uint8)
    draw_tags(canvas, np.tile([[100.0, 80, 180, 160]], (4, 1)), [1, 2, 3, 4])
    areas = [colored(canvas, id_color(i)).sum() for i in (1, 2, 3, 4)]
    assert min(areas) > 0.6 * max(areas)


def test_no_number_no_tag():
    canvas = np.zeros((200, 300, 3), np.uint8)
    draw_tags(canvas, np.array([[50, 40, 90, 90.0], [np.nan] * 4]), [None, 3])
    draw_boxes(canvas, np.array([[np.nan] * 4]))
    assert not canvas.any()


def test_without_boxes_tags_are_at_the_joints():
    pose = np.zeros((1, 17, 3))
    pose[0, 5:7] = (200, 150, 1), (240, 150, 1)
    drawn = draw_poses(np.zeros((200, 300, 3), np.uint8), pose, COCO_17, ids=[0])
    rows, columns = np.nonzero(colored(drawn, id_color(0)))
    assert rows.max() < 155 and columns.min() >= 195
