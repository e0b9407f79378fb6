"""People as inference answers them."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures import COCO_17
from models.visualization import draw_people, draw_poses


@pytest.fixture
def people():
    rng = np.random.default_rng(0)
    return [
        {
            "keypoints": np.column_stack([rng.uniform(20, 140, (17, 2)), np.ones(17)]),
            "bbox": np.array([10, 10, 150, 150, 0.9]),
            "track_id": number,
        }
        for number in (3, 8)
    ]


def test_dicts_are_drawn_as_poses(people):
    image = np.full((160, 200, 3), 90, np.uint8)
    poses = [person["keypoints"] for person in people]
    boxes = [person["bbox"][:4] for person in people]
    drawn = draw_people(image, people, COCO_17, style="openpose", boxes=True)
    expected = draw_poses(image, poses, COCO_17, style="openpose", boxes=boxes, ids=[3, 8])
    assert (drawn == expected).all()
    plain = draw_people(image, people, COCO_17, ids=False)
    assert (plain == draw_poses(image, poses, COCO_17)).all()


def test_some_without_id_and_box(people):
    image = np.full((160, 200, 3), 90, np.uint8)
    untracked = [{"keypoints": person["keypoints"].tolist()} for person in people]
    poses = [person["keypoints"] for person in people]
    assert (draw_people(image, untracked, COCO_17) == draw_poses(image, poses, COCO_17)).all()
    with pytest.raises(KeyError, match=r"person 0 has no 'bbox', only \['keypoints'\]"):
        draw_people(image, untracked, COCO_17, boxes=True)


def test_nobody():
    image = np.full((160, 200, 3), 90, np.uint8)
    assert (draw_people(image, [], COCO_17, boxes=True) == image).all()
