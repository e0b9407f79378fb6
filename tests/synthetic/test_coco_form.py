"""The COCO form is what COCO's own tools read and score."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from models.structures.coco import COCO_17
from models.synthetic.coco_form import coco_annotations


@pytest.fixture
def coco(folder, capsys) -> COCO:
    return COCO(str(folder / "annotations" / "person_keypoints_val.json"))


def test_pictures_are_there_in_their_sizes(coco, folder, small) -> None:
    assert len(coco.imgs) == small.val
    for picture in coco.imgs.values():
        image = cv2.imread(str(folder / "val" / picture["file_name"]))
        assert image.shape[:2] == (picture["height"], picture["width"])


def test_annotations_are_consistent(coco) -> None:
    (category,) = coco.cats.values()
    assert (category["id"], category["name"]) == (1, "person")
    assert tuple(category["keypoints"]) == COCO_17.names
    assert min(map(min, category["skeleton"])) == 1
    assert len(coco.anns) > 40
    for person in coco.anns.values():
        joints = np.asarray(person["keypoints"]).reshape(17, 3)
        assert person["num_keypoints"] == (joints[:, 2] > 0).sum()
        assert set(joints[:, 2]) <= {0, 1, 2}
        assert person["category_id"] == 1 and person["iscrowd"] == 0
        assert person["area"] > 0 and min(person["bbox"][2:]) > 0
        picture = coco.imgs[person["image_id"]]
        assert person["bbox"][0] + person["bbox"][2] <= picture["width"]
        assert person["bbox"][1] + person["bbox"][3] <= picture["height"]


def test_exact_keypoints_score_one(coco, capsys) -> None:
    answers = [
        {**{k: a[k] for k in ("image_id", "category_id", "keypoints")}, "score": 0.9}
        for a in coco.anns.values()
        if a["num_keypoints"]
    ]
    scoring = COCOeval(coco, coco.loadRes(answers), "keypoints", COCO_17.sigmas)
    scoring.evaluate()
    scoring.accumulate()
    scoring.summarize()
    assert scoring.stats[0] == pytest.approx(1.0)


def test_detections_are_in_the_results_format(coco, folder, capsys) -> None:
    boxes = json.loads((folder / "person_detections_val.json").read_text())
    assert {tuple(sorted(box)) for box in boxes} == {("bbox", "category_id", "image_id", "score")}
    scoring = COCOeval(coco, coco.loadRes(boxes), "bbox")
    scoring.evaluate()
    scoring.accumulate()
    scoring.summarize()
    assert 0.55 < scoring.stats[0] < 0.97


def test_ids_and_names_follow_the_record() -> None:
    person = {"coco": [[1.5, 2.5, 2]] + [[0, 0, 0]] * 16, "box": [1.0, 2.0, 3.0, 4.0], "area": 9}
    record = {"index": 6, "width": 20, "height": 10, "people": [person, person]}
    content = coco_annotations([record])
    assert content["images"] == [{"id": 7, "file_name": "000007.jpg", "width": 20, "height": 10}]
    assert [a["id"] for a in content["annotations"]] == [1, 2]
    first = content["annotations"][0]
    assert first["image_id"] == 7
    assert first["keypoints"][:3] == [1.5, 2.5, 2] and len(first["keypoints"]) == 51
    assert first["num_keypoints"] == 1
    assert first["bbox"] == [1.0, 2.0, 3.0, 4.0] and first["area"] == 9
