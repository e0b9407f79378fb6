"""Skeletons: where the joints are, in the colors of their side, at any size."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import draw_poses


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


@pytest.mark.parametrize("style", ["sides", "openpose"])
def test_limbs_are_outlined(pose, style):
    """On their own color, limbs are seen by their outline alone."""
    for background in ((0, 200, 80), (51, 153, 255), (255, 255, 255), (0, 0, 0)):
        image = np.full((320, 400, 3), background[::-1], np.uint8)
        drawn = draw_poses(image, pose * (4, 4, 1), COCO_17, style=style).astype(int)
        row = np.abs(drawn[160, 60:180] - drawn[160, 60]).max(axis=1)
        assert row.max() > 60, background


@pytest.mark.parametrize(("size", "width"), [(1, (0.8, 2)), (4, (2, 4)), (16, (7, 12))])
def test_width_follows_the_person(pose, size, width):
    image = np.zeros((80 * 16, 100 * 16, 3), np.uint8)
    drawn = draw_poses(image, pose * (size, size, 1), COCO_17)
    across = drawn[40 * size, 10 * size : 50 * size].astype(float).max(axis=1) / 200
    assert width[0] < across.sum() < 1.7 * width[1]


def test_given_width_and_radius_count(pose):
    image = np.zeros((320, 400, 3), np.uint8)
    thin, thick, dots = (
        draw_poses(image, pose * (4, 4, 1), COCO_17, thickness=thickness, radius=radius)
        for thickness, radius in ((2, 2), (12, 2), (2, 20))
    )
    assert (thick[160, 120 - 4] > 100).any() and not (thin[160, 120 - 4] > 100).any()
    assert (dots[80, 120 - 12] > 100).any() and not (thin[80, 120 - 12] > 100).any()


def test_what_is_away_from_people_stays_as_it_was(pose):
    image = np.random.default_rng(0).integers(0, 256, (80, 100, 3), dtype=np.uint8)
    for style in ("sides", "openpose"):
        changed = (draw_poses(image, pose, COCO_17, style=style) != image).any(axis=2)
        assert changed[40, 30] and not changed[:10].any() and not changed[:, :22].any()
        assert not changed[35:, 40:60].any()  # between the arms, in the part that is enlarged


def test_neck_of_openpose(pose):
    """Between the shoulders, where COCO has no joint, and the nose hangs on it."""
    pose[0, 0] = 50, 5, 1
    image = np.zeros((80, 100, 3), np.uint8)
    with_neck = draw_poses(image, pose, COCO_17, style="openpose")
    assert with_neck[12, 50].any() and not draw_poses(image, pose, COCO_17)[12, 50].any()
    pose[0, 6, 2] = 0.1
    assert not draw_poses(image, pose, COCO_17, style="openpose")[12, 50].any()


def test_points_that_cannot_be_drawn_do_not_fail(pose):
    image = np.zeros((80, 100, 3), np.uint8)
    for point in ((1e9, -1e9), (np.nan, 5), (np.inf, 5), (-50, -50)):
        pose[0, 7, :2] = point
        for style in ("sides", "openpose"):
            assert draw_poses(image, pose, COCO_17, style=style, ids=[3]).any()
    pose[:, :, :2] = -500
    assert not draw_poses(image, pose, COCO_17).any()


def test_tiny_pictures(pose):
    drawn = draw_poses(np.zeros((8, 10, 3), np.uint8), pose / (10, 10, 1), COCO_17, ids=[1])
    assert drawn.shape == (8, 10, 3)
    draw_poses(np.zeros((1, 1, 3), np.uint8), pose, COCO_17, boxes=[[0, 0, 5, 5]], ids=[12345])


def test_no_people_and_wrong_arguments(pose):
    image = np.zeros((10, 10, 3), np.uint8)
    assert (draw_poses(image, np.zeros((0, 17, 3)), COCO_17, boxes=[], ids=[]) == image).all()
    with pytest.raises(ValueError, match=r"'coco' needs \(N, 17, 3\)"):
        draw_poses(image, np.zeros((1, 16, 3)), COCO_17)
    with pytest.raises(ValueError, match="2 ids for 1 poses"):
        draw_poses(image, pose, COCO_17, ids=[1, 2])
    with pytest.raises(ValueError, match="2 boxes for 1 poses"):
        draw_poses(image, pose, COCO_17, boxes=np.zeros((2, 4)))
    with pytest.raises(ValueError, match="style 'disco' is unknown; use one of sides, openpose"):
        draw_poses(image, pose, COCO_17, style="disco")
