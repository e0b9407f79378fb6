"""COCO's format, from files to persons to scores."""

import json
import logging

import numpy as np
import pytest

from models.datasets import TopDownCocoDataset


def perfect(dataset, joints_of=None):
    """What a faultless network would answer, in two batches."""
    people = dataset.db
    batches = []
    for part in (people[1:], people[:1]):
        joints = [(joints_of or p)["joints_3d"][:, :2] for p in part]
        batches.append(
            {
                "preds": np.array([np.c_[j, np.ones(len(j))] for j in joints]),
                "boxes": np.array(
                    [[*p["center"], *p["scale"], 900, p["bbox_score"]] for p in part]
                ),
                "image_paths": [p["image_file"] for p in part],
                "bbox_ids": [p["bbox_id"] for p in part],
            }
        )
    return batches


def test_labelled_persons(coco, folder):
    people = coco().db
    assert [(p["image_id"], p["bbox_id"]) for p in people] == [(50, 0), (50, 1), (52, 2)]
    person = people[2]
    assert person["image_file"] == str(folder / "2.png")
    # box 20×30 at (10, 5), clipped to 19×29; input 96×128 widens it to 21.75×29
    np.testing.assert_allclose(person["center"], [19.5, 19.5])
    np.testing.assert_allclose(person["scale"], np.array([21.75, 29]) / 200 * 1.25, rtol=1e-6)
    assert (person["rotation"], person["bbox_score"], person["dataset"]) == (0.0, 1.0, "coco")


def test_detected_persons(coco):
    found = [
        {"image_id": 52, "score": 0.7, "bbox": [1, 2, 30, 40]},
        {"score": 0.2},
        {"score": 0.8},
    ]
    people = coco(detections=found, test_mode=True, det_bbox_thr=0.5).db
    assert [(p["image_id"], p["bbox_id"], p["bbox_score"]) for p in people] == [
        (52, 0, 0.7),
        (50, 1, 0.8),
    ]
    np.testing.assert_allclose(people[0]["center"], [16, 22])
    np.testing.assert_allclose(people[0]["scale"], np.array([30, 40]) / 200 * 1.25, rtol=1e-6)
    assert not people[0]["joints_3d_visible"].any()


@pytest.mark.parametrize(
    ("test_mode", "use_gt_bbox", "persons"), [(False, False, 3), (True, True, 3), (True, False, 1)]
)
def test_training_never_takes_detected_boxes(coco, test_mode, use_gt_bbox, persons):
    dataset = coco(detections=[{}], test_mode=test_mode, use_gt_bbox=use_gt_bbox)
    assert len(dataset) == persons


def test_detected_boxes_need_a_file(coco):
    message = r"needs data\.test\.data_cfg\.bbox_file.*use_gt_bbox=True"
    with pytest.raises(ValueError, match=message):
        coco(test_mode=True, use_gt_bbox=False)


def test_files_without_labels_can_be_tested_only(coco):
    sections = {"annotations": None}
    assert len(coco(sections, detections=[{}, {}], test_mode=True)) == 2
    for arguments in ({}, {"test_mode": True}):
        with pytest.raises(ValueError, match=r"people\.json has no 'annotations'"):
            coco(sections, **arguments)


def test_nobody_usable(coco, person):
    with pytest.raises(ValueError, match="labels no usable person; left out 1 crowd"):
        coco({"annotations": [person(1, 50, iscrowd=1)]})


def test_who_is_left_out_is_said_in_one_line(coco, person, caplog):
    caplog.set_level(logging.INFO)
    coco({"annotations": [person(1, 50), person(2, 50, area=0), person(3, 50, iscrowd=1)]})
    (line,) = caplog.messages
    assert "1 labelled persons in 3 images; left out: 2, 1 crowd, 1 with an empty box" in line


def test_left_out_detections_are_counted(coco, caplog):
    caplog.set_level(logging.INFO)
    coco(detections=[{}, {"bbox": [5, 5, 0, 9]}], test_mode=True)
    (line,) = caplog.messages
    assert "1 boxes score 0 or more; left out for an empty box: 1" in line


def test_perfect_answers_score_1(coco, person, tmp_path):
    """Two people who stand apart, so that neither is suppressed as the other's double."""
    shifted = [v for j in range(17) for v in (42 + j, 26 + j, 2)]
    labels = [
        person(102, 52),
        person(100, 50),
        person(101, 50, keypoints=shifted, bbox=[40, 25, 20, 30]),
    ]
    dataset = coco({"annotations": labels}, test_mode=True)
    scores = dataset.evaluate(perfect(dataset), str(tmp_path / "run"), "mAP")
    assert list(scores)[:2] == ["AP", "AP .5"]
    assert scores["AP"] == pytest.approx(1)
    assert dataset.FULL_SCORE == 1
    assert scores["AR"] == pytest.approx(1)
    written = json.loads((tmp_path / "run" / "result_keypoints.json").read_text())
    assert sorted(r["image_id"] for r in written) == [50, 50, 52]


def test_answers_for_the_wrong_persons_score_0(coco, person, tmp_path):
    dataset = coco({"annotations": [person(1, 50), person(2, 51)]}, test_mode=True)
    astray = {"joints_3d": dataset.db[0]["joints_3d"] + 30}
    assert dataset.evaluate(perfect(dataset, astray), str(tmp_path))["AP"] == 0


@pytest.mark.parametrize(
    ("data_cfg", "kept"), [({}, 1), ({"oks_thr": 1.0}, 2), ({"use_nms": False}, 2)]
)
def test_doubles_are_suppressed_as_data_cfg_says(coco, tmp_path, data_cfg, kept):
    dataset = coco(detections=[{}, {}], test_mode=True, **data_cfg)
    dataset.evaluate(perfect(dataset, coco().db[0]), str(tmp_path))
    assert len(json.loads((tmp_path / "result_keypoints.json").read_text())) == kept


def test_the_evaluator_is_the_one_of_data_cfg(coco, tmp_path, monkeypatch):
    def no_reference(*_):
        raise AssertionError("xtcocotools was asked")

    monkeypatch.setattr("models.evaluation.coco.evaluate_by_xtcocotools", no_reference)
    dataset = coco(test_mode=True)
    assert dataset.evaluate(perfect(dataset), str(tmp_path))["AP"] > 0
    dataset = coco(test_mode=True, evaluator="xtcocotools")
    with pytest.raises(AssertionError, match="xtcocotools was asked"):
        dataset.evaluate(perfect(dataset), str(tmp_path))


def test_joint_scores_count_above_vis_thr(coco, tmp_path):
    """Half of the joints score 1, half 0.4: their mean is 1 or 0.7, by the threshold."""
    for threshold, score in ((0.5, 0.9), (0.3, 0.9 * (9 + 8 * 0.4) / 17)):
        dataset = coco(detections=[{}], test_mode=True, vis_thr=threshold)
        (batch,) = perfect(dataset)[1:]
        batch["preds"][:, 9:, 2] = 0.4
        dataset.evaluate([batch], str(tmp_path))
        (written,) = json.loads((tmp_path / "result_keypoints.json").read_text())
        assert written["score"] == pytest.approx(score)


def test_file_without_labels_is_answered_but_not_scored(coco, tmp_path):
    dataset = coco({"annotations": None}, detections=[{}], test_mode=True)
    assert not dataset.evaluate(perfect(dataset)[1:], str(tmp_path))
    assert len(json.loads((tmp_path / "result_keypoints.json").read_text())) == 1


# Against the original, on real pictures.


@pytest.fixture
def real_people(real, pipeline):
    def build(**data_cfg):
        norm = {
            "type": "NormalizeTensor",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
        }
        return TopDownCocoDataset(
            ann_file=str(real / "coco" / "test_coco.json"),
            img_prefix=str(real / "coco"),
            data_cfg={"image_size": [192, 256], **data_cfg},
            pipeline=[*pipeline[:3], norm, pipeline[3]],
            test_mode=True,
        )

    return build


def compare(people, expected):
    assert len(people) == len(expected)
    for person, row in zip(people, expected, strict=True):
        assert person["image_file"].endswith(row["image"])
        for key in ("center", "scale", "bbox"):
            np.testing.assert_allclose(person[key], row[key], rtol=0, atol=1e-4)
        assert person["bbox_score"] == pytest.approx(row["score"], abs=1e-6)


def test_labelled_crops_are_the_originals(real_people, golden):
    expected = json.loads((golden / "boxes.json").read_text())
    compare(real_people().db, expected["coco_val_gt"])


def test_detected_crops_are_the_originals(real_people, real, golden):
    expected = json.loads((golden / "boxes.json").read_text())
    file = str(real / "coco" / "test_coco_det_AP_H_56.json")
    compare(real_people(use_gt_bbox=False, bbox_file=file).db, expected["coco_test_det"])


def test_pixels_are_the_originals(real_people, shared_golden):
    """Mean, spread and a grid of every 64th pixel, within one grey level."""
    one_level = 1 / 255 / 0.225
    dataset = real_people()
    for row in json.loads((shared_golden / "val_crops.json").read_text()):
        crop = dataset[row["i"]]["img"].numpy()
        np.testing.assert_allclose(crop.mean(axis=(1, 2)), row["mean"], atol=one_level / 10)
        np.testing.assert_allclose(crop.std(axis=(1, 2)), row["std"], atol=one_level / 10)
        np.testing.assert_allclose(crop[:, 16::64, 16::64], row["grid"], atol=one_level)


@pytest.mark.parametrize(
    ("categories", "category"),
    [
        ([{"id": 7, "name": "hand"}], 7),
        ([{"id": 0, "name": "person"}, {"id": 1, "name": "dog"}], 0),
        ([{"id": 3}], 3),
    ],
)
def test_persons_are_of_the_category_that_the_file_says(
    coco, person, tmp_path, categories, category
):
    """And answers are, too: else they would score 0."""
    own = [person(100 + i, 50 + i, category_id=category) for i in (0, 2)]
    dogs = [person(i, 51, category_id=entry["id"]) for i, entry in enumerate(categories)]
    others = [dog for dog in dogs if dog["category_id"] != category]
    sections = {"categories": categories, "annotations": [*own, *others]}
    dataset = coco(sections, test_mode=True)
    assert len(dataset) == 2
    assert dataset.evaluate(perfect(dataset), str(tmp_path))["AP"] == pytest.approx(1)
    boxes = [{"category_id": category}, {"category_id": category + 1}]
    assert len(coco(sections, boxes, test_mode=True)) == 1


def test_several_categories_without_a_person(coco):
    categories = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    with pytest.raises(ValueError, match="categories cat, dog, and none is called 'person'"):
        coco({"categories": categories})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"area": None}, "annotation 1 has no 'area'"),
        ({"id": None}, "annotation None has no 'id'"),
        ({"id": 100}, "two annotations have the id 100"),
        ({"iscrowd": 1, "keypoints": None}, "annotation 1 has no 'keypoints'"),
    ],
)
def test_labels_that_evaluation_would_refuse_are_refused_before_the_test(
    coco, person, changes, message
):
    label = {k: v for k, v in person(1, 50, **changes).items() if v is not None}
    sections = {"annotations": [person(100, 50), label]}
    coco(sections)  # one can train on them
    with pytest.raises((KeyError, ValueError), match=rf"people\.json: {message}"):
        coco(sections, test_mode=True)


def test_answers_beside_labels(coco, tmp_path):
    """Of labelled boxes and of a detector's, each answer finds its person."""
    dataset = coco(test_mode=True)
    beside = dataset.beside_labels(perfect(dataset))
    assert sorted(beside.bbox_ids.tolist()) == [0, 1, 2]
    np.testing.assert_allclose(beside.values, 1)
    assert beside.images == [dataset.db[i]["image_file"] for i in beside.bbox_ids]

    boxes = [{"bbox": [40, 30, 30, 20]}, {"bbox": [11, 6, 20, 30]}]
    detected = coco(detections=boxes, test_mode=True)
    beside = detected.beside_labels(perfect(detected, coco().db[0]))
    assert beside.bbox_ids.tolist() == [1]
    np.testing.assert_allclose(beside.values, 1)


def test_nothing_is_beside_the_answers_of_a_test_set(coco):
    dataset = coco({"annotations": None}, detections=[{}], test_mode=True)
    assert dataset.beside_labels(perfect(dataset)[1:]) is None
