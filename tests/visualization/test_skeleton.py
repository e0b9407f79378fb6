"""Drawings: where the joints are, in the colours of their side."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import contact_sheet, draw_poses


@pytest.fixture
def pose():
    pose = np.zeros((1, 17, 3))
    pose[0, 5] = 30, 20, 1  # left shoulder
    pose[0, 7] = 30, 60, 1  # left elbow
    pose[0, 6] = 70, 20, 1
    pose[0, 8] = 70, 60, 0.1
    return pose


@pytest.mark.parametrize("background", [0, 255])
def test_limbs_have_the_colour_of_their_side(pose, background):
    image = np.full((80, 100, 3), background, np.uint8)
    drawn = draw_poses(image, pose, COCO_17, score_thr=0.5)
    assert (image == background).all()
    link = COCO_17.skeleton.index((5, 7))
    # smoothed edges mix in a little of the outline
    np.testing.assert_allclose(drawn[40, 30], COCO_17.link_colors[link][::-1], atol=25)
    np.testing.assert_allclose(drawn[20, 70], COCO_17.colors[6][::-1], atol=25)
    assert (drawn[40, 70] == background).all()  # the right elbow is too uncertain


def test_points_far_outside_do_not_fail(pose):
    pose[0, 7, :2] = 1e9, -1e9
    draw_poses(np.zeros((80, 100, 3), np.uint8), pose, COCO_17)


def test_no_people_and_wrong_joints():
    image = np.zeros((10, 10, 3), np.uint8)
    assert (draw_poses(image, np.zeros((0, 17, 3)), COCO_17) == image).all()
    with pytest.raises(ValueError, match=r"'coco' needs \(N, 17, 3\)"):
        draw_poses(image, np.zeros((1, 16, 3)), COCO_17)


def test_sheet_fits_every_picture():
    tall = np.full((300, 100, 3), 10, np.uint8)
    wide = np.full((50, 400, 3), 200, np.uint8)
    sheet = contact_sheet([tall, wide, tall], columns=2, cell=(100, 100), gap=10)
    assert sheet.shape == (230, 230, 3)
    assert (sheet[60, 60] == 10).all()
    assert (sheet[60, 170] == 200).all()
    assert (sheet[5] == 245).all()
    with pytest.raises(ValueError, match="no pictures"):
        contact_sheet([])
