"""Answers beside the labels of the same people."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from models.evaluation import (
    coco_beside_labels,
    mpii_beside_labels,
    oks_iou,
    save_mpii_ground_truth,
)
from models.evaluation.mpii import MpiiGroundTruth
from models.structures import COCO_17


@pytest.fixture
def scene():
    """Two pictures, three people; the answers are 2 px off, in boxes that are not quite right."""
    rng = np.random.default_rng(0)
    poses = np.round(rng.uniform(10, 90, (3, 17, 2)))
    boxes = np.array([[10, 10, 80, 80], [110, 10, 80, 60], [10, 10, 80, 80.0]])
    people = [
        {
            "id": i,
            "image_id": (7, 7, 8)[i],
            "category_id": 1,
            "iscrowd": 0,
            "area": 3000.0 + i,
            "bbox": boxes[i].tolist(),
            "keypoints": np.column_stack([poses[i], np.full(17, 2)]).ravel().tolist(),
        }
        for i in range(3)
    ]
    truth = {
        "images": [{"id": 7}, {"id": 8}],
        "annotations": people,
        "categories": [{"id": 1, "name": "person"}],
    }
    return SimpleNamespace(poses=poses, boxes=boxes, truth=truth, people=people)


def answers(poses: np.ndarray, images: list[str], ids: list[int]) -> list[dict]:
    preds = np.concatenate([poses, np.full((*poses.shape[:2], 1), 0.5)], axis=-1)
    return [
        {
            "preds": preds,
            "boxes": np.ones((len(poses), 6)),
            "image_paths": images,
            "bbox_ids": ids,
        }
    ]


def beside(scene, results, boxes):
    return coco_beside_labels(
        results,
        scene.truth,
        lambda bbox_id: boxes[bbox_id],
        image_id_of={"a.jpg": 7, "b.jpg": 8}.get,
    )


def test_each_with_its_own_person_by_oks(scene):
    results = answers(scene.poses[[2, 0, 1]] + 2, ["b.jpg", "a.jpg", "a.jpg"], [2, 0, 1])
    found = beside(scene, results, scene.boxes + 4)
    assert found.measure == "OKS" and found.higher_is_better
    assert sorted(zip(found.images, found.bbox_ids.tolist(), strict=True)) == [
        ("a.jpg", 0),
        ("a.jpg", 1),
        ("b.jpg", 2),
    ]
    for row, person in enumerate(found.bbox_ids):
        np.testing.assert_array_equal(found.labels[row, :, :2], scene.poses[person])
        np.testing.assert_array_equal(found.poses[row, :, :2], scene.poses[person] + 2)
        area = 3000.0 + person
        expected = oks_iou(found.poses[row], found.labels[None, row], area, [area], COCO_17.sigmas)
        assert found.values[row] == pytest.approx(expected[0])


def test_people_without_a_box_are_left_out(scene):
    """Somebody else's answer, and an answer to a box of nobody, say nothing about them."""
    results = answers(scene.poses[[0, 1]], ["a.jpg", "a.jpg"], [0, 1])
    boxes = scene.boxes + np.array([[0], [60], [0]])
    found = beside(scene, results, boxes)
    assert found.bbox_ids.tolist() == [0]


def test_of_two_boxes_the_closer_one_counts(scene):
    results = answers(scene.poses[[0, 0]], ["a.jpg", "a.jpg"], [0, 1])
    found = beside(scene, results, [scene.boxes[0] + 9, scene.boxes[0] + 3])
    assert found.bbox_ids.tolist() == [1]


@pytest.mark.parametrize(
    "changes", [{"iscrowd": 1}, {"keypoints": [0] * 51}, {"category_id": 2}, {"image_id": 8}]
)
def test_whom_nobody_judges(scene, changes):
    scene.people[0].update(changes)
    scene.people[2]["image_id"] = 7  # so that nobody else is in this place
    scene.people[2]["bbox"] = [300, 300, 5, 5]
    assert beside(scene, answers(scene.poses[:1], ["a.jpg"], [0]), scene.boxes).images == []


def test_nothing_to_compare(scene):
    assert beside(scene, [], scene.boxes) is None
    scene.truth["annotations"] = []
    assert beside(scene, answers(scene.poses[:1], ["a.jpg"], [0]), scene.boxes) is None


def test_distances_in_heads(tmp_path):
    """MPII's files count pixels from 1; pelvis, thorax and the unlabelled do not count."""
    joints = np.random.default_rng(0).uniform(20, 90, (3, 16, 2))
    visible = np.ones((3, 16), bool)
    visible[0, 3], visible[1] = False, False
    heads = np.tile([[[0.0, 0], [30, 40]]], (3, 1, 1))  # 0.6 of 50 px
    file = tmp_path / "mpii_gt_val.mat"
    save_mpii_ground_truth(file, MpiiGroundTruth(joints, visible, heads))
    poses = joints - 1
    poses[0, [3, 6, 7]] += 500
    poses[0, 0] += (30, 0)
    found = mpii_beside_labels(answers(poses[[2, 1, 0]], ["c", "b", "a"], [2, 1, 0]), file)
    assert found.measure == "distance / head size" and not found.higher_is_better
    assert (found.images, found.bbox_ids.tolist()) == (["a", "c"], [0, 2])
    np.testing.assert_allclose(found.values, [1 / 13, 0], atol=1e-12)
    np.testing.assert_allclose(found.labels[0, :, :2], joints[0] - 1)
    assert (found.labels[0, :, 2] == visible[0]).all()
