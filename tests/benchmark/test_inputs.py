"""What all sides are given: seeded, and of the shape that they claim."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models.benchmark.coco_problem import coco_problem
from models.benchmark.inputs import boxes, crops, peaked_heatmaps, training_batch
from models.benchmark.pictures import copied_pictures


def test_the_same_numbers_for_every_side():
    assert crops(2, (32, 64)).shape == (2, 3, 64, 32)
    np.testing.assert_array_equal(crops(2, (32, 64)), crops(2, (32, 64)))
    assert crops(1, (32, 32)).dtype == np.float32
    batch = training_batch(3, 5, (32, 64))
    assert {key: value.shape for key, value in batch.items()} == {
        "img": (3, 3, 64, 32),
        "target": (3, 5, 16, 8),
        "target_weight": (3, 5, 1),
    }
    assert set(np.unique(batch["target_weight"])) == {0, 1}


def test_heatmaps_have_a_peak_a_joint():
    heatmaps = peaked_heatmaps(2, 4, (48, 64))
    assert heatmaps.shape == (2, 4, 64, 48)
    assert (heatmaps.max(axis=(2, 3)) > 10 * heatmaps.mean(axis=(2, 3))).all()


def test_boxes_have_the_aspect_ratio_of_the_crop():
    center, scale = boxes(3, (192, 256))
    assert center.shape == scale.shape == (3, 2)
    np.testing.assert_allclose(scale[:, 0] / scale[:, 1], 0.75, rtol=1e-6)


def test_the_evaluation_problem_has_all_that_makes_evaluation_hard():
    labels, poses = coco_problem(50, 500)
    assert json.dumps([labels, poses]) == json.dumps(coco_problem(50, 500))
    assert len(labels["images"]) == 50
    assert len(poses) == 500
    people = labels["annotations"]
    assert {label["image_id"] for label in people} < set(range(1, 51))  # some images are empty
    assert {label["iscrowd"] for label in people} == {0, 1}
    assert min(label["num_keypoints"] for label in people) == 0
    areas = np.array([label["area"] for label in people])
    assert (areas < 32**2).any()
    assert ((areas > 32**2) & (areas < 96**2)).any()
    assert (areas > 96**2).any()
    scores = [pose["score"] for pose in poses]
    assert len(set(scores)) < len(scores)
    assert all(len(pose["keypoints"]) == 51 for pose in poses)


def test_copies_of_pictures_are_pictures_of_their_own(tmp_path):
    source = tmp_path / "source"
    for name in ("1/a.jpg", "2/a.jpg"):
        (source / name).parent.mkdir(parents=True)
        cv2.imwrite(str(source / name), np.zeros((8, 8, 3), np.uint8))
    labels = {
        "images": [
            {"id": 5, "file_name": "1/a.jpg"},
            {"id": 7, "file_name": "nobody.jpg"},
            {"id": 9, "file_name": "2/a.jpg"},
        ],
        "annotations": [
            {"id": 3, "image_id": 5, "category_id": 1, "bbox": [0, 0, 4, 4]},
            {"id": 4, "image_id": 9, "category_id": 1, "bbox": [0, 0, 5, 5]},
        ],
        "categories": [{"id": 1}],
    }
    (source / "labels.json").write_text(json.dumps(labels))
    found = copied_pictures(source / "labels.json", source, None, tmp_path / "out", 5)
    content = json.loads((tmp_path / "out/labels.json").read_text())
    names = [image["file_name"] for image in content["images"]]
    ids = [image["id"] for image in content["images"]]
    assert len(set(names)) == len(set(ids)) == 6
    assert all((tmp_path / "out/pictures" / name).is_file() for name in names)
    assert len({label["id"] for label in content["annotations"]}) == 6
    assert [label["image_id"] for label in content["annotations"]] == ids
    boxes_found = json.loads((tmp_path / "out/boxes.json").read_text())
    assert [box["image_id"] for box in boxes_found] == ids
    assert [box["bbox"] for box in boxes_found[:2]] == [[0, 0, 4, 4], [0, 0, 5, 5]]
    assert found.folder == str(tmp_path / "out/pictures")
    assert "2 pictures of labels.json" in found.about

    copied_pictures(source / "labels.json", source, None, tmp_path / "one", 1)
    assert len(json.loads((tmp_path / "one/labels.json").read_text())["annotations"]) == 1

    (source / "labels.json").write_text('{"images": []}')
    with pytest.raises(ValueError, match="lists no images"):
        copied_pictures(source / "labels.json", source, None, tmp_path / "other", 5)
