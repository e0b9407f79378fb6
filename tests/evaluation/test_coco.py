"""COCO's protocol: rescoring, suppression, the result file, and the ten statistics."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from xtcocotools.coco import COCO

from models.evaluation.coco import (
    EVALUATORS,
    STATISTICS,
    evaluate_coco,
    evaluate_coco_keypoints,
)
from models.evaluation.coco_records import rescore


def person(annotation_id: int = 1, image_id: int = 7, shift: float = 0.0, joints: int = 17) -> dict:
    """A labelled person of 100 × 100 px (large, for COCO) with its joints on a diagonal."""
    at = shift + np.linspace(10, 90, joints)
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": 1,
        "keypoints": np.stack([at, at, np.full(joints, 2.0)], axis=1).ravel().tolist(),
        "bbox": [shift, shift, 100.0, 100.0],
        "area": 10000.0,
        "iscrowd": 0,
    }


def ground_truth(*people: dict) -> dict:
    return {
        "images": [{"id": 7}, {"id": 8}],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": list(people),
    }


def answer(label: dict, score: float = 0.9, shift: float = 0.0) -> dict:
    """The result that finds a labelled person, all joints `shift` px too far right."""
    keypoints = np.reshape(label["keypoints"], (-1, 3)).copy()
    keypoints[:, 0] += shift
    return {
        "image_id": label["image_id"],
        "category_id": 1,
        "keypoints": keypoints.ravel().tolist(),
        "score": score,
    }


def batches(golden: Path, case: dict, size: int = 50) -> list[dict]:
    """The reference's detector boxes and keypoints, as a test run hands them over."""
    table = np.array(json.loads((golden / "coco_eval_boxes.json").read_text()))
    area = np.prod(table[:, 3:5] * 200, axis=1)
    boxes = np.column_stack([table[:, 1:5], area, table[:, 5]])
    parts = [slice(i, i + size) for i in range(0, len(table), size)]
    return [
        {
            "preds": np.array(case["keypoints"])[part],
            "boxes": boxes[part],
            "image_paths": [f"{int(i):012d}.jpg" for i in table[part, 0]],
            "bbox_ids": np.arange(len(table))[part],
        }
        for part in parts
    ]


def image_id_of(path: str) -> int:
    return int(Path(path).stem)


CASES = ["noise1.0_soft0", "noise3.0_soft0", "noise3.0_soft1"]


@pytest.mark.parametrize("name", CASES)
def test_reference(golden, tmp_path, name) -> None:
    case = json.loads((golden / "coco_eval.json").read_text())[name]
    stats = evaluate_coco(
        batches(golden, case),
        golden / "coco_12_persons_gt.json",
        tmp_path,
        image_id_of=image_id_of,
        soft_nms=name.endswith("soft1"),
    )
    assert tuple(stats) == STATISTICS == tuple(case["stats"])
    assert list(stats.values()) == pytest.approx(list(case["stats"].values()), abs=1e-9)
    written = json.loads((tmp_path / "result_keypoints.json").read_text())
    assert len(written) == case["n_kept"]
    scores = sorted((record["score"] for record in written), reverse=True)
    # the reference's joint scores were rounded to 4 digits after it had computed with them
    assert scores == pytest.approx(case["kept_scores"], abs=5e-5)


def test_reference_with_the_full_annotation_file(golden, real, tmp_path) -> None:
    case = json.loads((golden / "coco_eval.json").read_text())["noise1.0_soft0"]
    stats = evaluate_coco(
        batches(golden, case), real / "coco/test_coco.json", tmp_path, image_id_of=image_id_of
    )
    assert list(stats.values()) == pytest.approx(list(case["stats"].values()), abs=1e-9)


def test_the_written_file_evaluates_to_the_same(golden, tmp_path) -> None:
    case = json.loads((golden / "coco_eval.json").read_text())["noise3.0_soft0"]
    truth = golden / "coco_12_persons_gt.json"
    stats = evaluate_coco(batches(golden, case), truth, tmp_path, image_id_of=image_id_of)
    assert evaluate_coco_keypoints(truth, tmp_path / "result_keypoints.json") == stats


def test_score_is_box_times_mean_of_the_joints_above_the_threshold() -> None:
    joint_scores = [[0.8, 0.4, 0.2, 0.1], [0.2, 0.2, 0.2, 0.2]]
    scores = rescore([0.5, 1.0], joint_scores, vis_thr=0.2)
    assert scores == pytest.approx([0.5 * 0.6, 0.0], rel=1e-12)


@pytest.mark.parametrize(
    ("options", "scores"),
    [
        ({}, [0.81]),
        ({"use_nms": False}, [0.45, 0.81]),
        ({"soft_nms": True, "max_dets": 1}, [0.81]),
        ({"soft_nms": True}, [0.81, 0.45]),
    ],
)
def test_doubles_are_judged_by_the_rescored_pose(tmp_path, options, scores) -> None:
    pose = np.ones((17, 3))
    pose[:, 2] = 0.9
    box = [50.0, 50, 0.5, 0.5, 10000]
    batch = {
        "preds": [pose * [1, 1, 0.5], pose],
        "boxes": [[*box, 1.0], [*box, 0.9]],
        "image_ids": [7, 7],
        "bbox_ids": [0, 1],
    }
    evaluate_coco([batch], ground_truth(person()), tmp_path, **options)
    records = json.loads((tmp_path / "result_keypoints.json").read_text())
    assert [record["score"] for record in records] == pytest.approx(scores, rel=1e-12)


def test_sigmas_of_other_joints_are_named_before_a_file_is_written(tmp_path) -> None:
    batch = {
        "preds": np.ones((1, 17, 3)),
        "boxes": np.ones((1, 6)),
        "image_ids": [7],
        "bbox_ids": [0],
    }
    with pytest.raises(ValueError, match="3 sigmas for poses of 17 joints"):
        evaluate_coco([batch], ground_truth(person()), tmp_path, sigmas=[0.1] * 3)
    assert not list(tmp_path.iterdir())


def test_people_in_different_images_are_no_doubles(tmp_path) -> None:
    labels = [person(1, 7), person(2, 8)]
    preds = np.array([np.reshape(label["keypoints"], (17, 3)) for label in labels])
    batch = {
        "preds": preds,
        "boxes": np.tile([50.0, 50, 0.5, 0.5, 10000, 1], (2, 1)),
        "image_ids": [7, 8],
        "bbox_ids": [0, 1],
    }
    stats = evaluate_coco([batch], ground_truth(*labels), tmp_path)
    assert stats["AP"] == stats["AR"] == pytest.approx(1.0)
    record = json.loads((tmp_path / "result_keypoints.json").read_text())[1]
    assert record["image_id"] == 8
    assert record["category_id"] == 1
    assert record["keypoints"] == preds[1].ravel().tolist()
    assert record["center"] == [50, 50]
    assert record["scale"] == [0.5, 0.5]


def test_half_found_is_half_recalled() -> None:
    labels = [person(1, 7), person(2, 8)]
    stats = evaluate_coco_keypoints(ground_truth(*labels), [answer(labels[0])])
    assert stats["AR"] == pytest.approx(0.5)
    assert stats["AP"] == pytest.approx(51 / 101)  # recall 0 … 0.50 of 0 … 1.00 in steps of 0.01
    assert stats["AR (M)"] == -1  # nobody of that size is labelled


def test_sigmas_of_another_set_of_joints_decide() -> None:
    label = person(joints=3)
    off = answer(label, shift=20.0)
    # OKS = exp(−20² / (2σ)² / 10000 / 2): 0.61 for σ 0.1, 0.98 for σ 0.5
    strict = evaluate_coco_keypoints(ground_truth(label), [off], [0.1] * 3)
    mild = evaluate_coco_keypoints(ground_truth(label), [off], [0.5] * 3)
    assert strict["AP"] == pytest.approx(0.3)  # right at 0.50, 0.55 and 0.60
    assert mild["AP"] == pytest.approx(1.0)


def test_a_ground_truth_without_annotations_is_written_for_not_evaluated(tmp_path) -> None:
    truth = {"images": [{"id": 7}], "categories": [{"id": 1, "name": "person"}]}
    batch = {
        "preds": np.ones((1, 17, 3)),
        "boxes": np.ones((1, 6)),
        "image_ids": [7],
        "bbox_ids": [0],
    }
    assert evaluate_coco([batch], truth, tmp_path) == {}
    assert len(json.loads((tmp_path / "result_keypoints.json").read_text())) == 1


def test_no_results_warn_and_score_zero(tmp_path) -> None:
    with pytest.warns(UserWarning, match="no pose to evaluate.*det_bbox_thr"):
        stats = evaluate_coco([], ground_truth(person()), tmp_path)
    assert tuple(stats) == STATISTICS
    assert stats["AP"] == stats["AR"] == 0.0
    assert json.loads((tmp_path / "result_keypoints.json").read_text()) == []


def test_stdout_stays_clean_unless_asked(capsys) -> None:
    label = person()
    evaluate_coco_keypoints(ground_truth(label), [answer(label)])
    assert capsys.readouterr().out == ""
    evaluate_coco_keypoints(ground_truth(label), [answer(label)], verbose=True)
    assert "Average Precision" in capsys.readouterr().out


@pytest.mark.parametrize("evaluator", EVALUATORS)
def test_evaluating_changes_neither_results_nor_labels(evaluator) -> None:
    label = person()
    truth, results = ground_truth(label), [answer(label)]
    before = json.dumps([truth, results])
    evaluate_coco_keypoints(truth, results, evaluator=evaluator)
    assert json.dumps([truth, results]) == before


def test_nan_in_a_run_is_named_before_a_file_is_written(tmp_path) -> None:
    batch = {
        "preds": np.full((1, 17, 3), np.nan),
        "boxes": np.ones((1, 6)),
        "image_paths": ["street.jpg"],
        "bbox_ids": [0],
    }
    with pytest.raises(ValueError, match=r"street\.jpg.*earlier checkpoint"):
        evaluate_coco([batch], ground_truth(person()), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"keypoints": [float("nan")] * 51}, ValueError, "image 7 is NaN.*earlier checkpoint"),
        ({"score": float("inf")}, ValueError, "image 7 is NaN or infinite"),
        ({"image_id": 99}, ValueError, "image 99, which the annotation file does not list"),
        ({"category_id": 2}, ValueError, r"category 2; the annotation file knows \[1\]"),
        ({"keypoints": [0.0] * 48}, ValueError, "48 keypoint numbers, not 3 × 17"),
        ({"score": None}, KeyError, "a result has no 'score'"),
        ({"segmentation": []}, ValueError, "results with 'segmentation'.*give each its 'bbox'"),
        ({"bbox": [1, 2, 3]}, ValueError, "image 7 has no 'bbox' of 4 numbers"),
        ({"bbox": [0, 0, 1, float("nan")]}, ValueError, "image 7 has a 'bbox' that is NaN"),
    ],
)
def test_a_bad_result_is_named(change, error, message) -> None:
    label = person()
    record = {**answer(label), **change}
    record = {key: value for key, value in record.items() if value is not None}
    with pytest.raises(error, match=message):
        evaluate_coco_keypoints(ground_truth(label), [record])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"keypoints": None}, KeyError, r"annotation 1 has no 'keypoints'.*person_keypoints_"),
        ({"keypoints": [0] * 48}, ValueError, "48 keypoint numbers, which is not 3 × 17"),
        ({"area": None}, KeyError, "annotation 1 has no 'area'"),
        ({"bbox": None}, KeyError, "annotation 1 has no 'bbox'"),
        ({"bbox": [0, 0]}, ValueError, "annotation 1 has 2 bbox numbers, which is not x, y, w, h"),
        ({"area": float("nan")}, ValueError, "annotation 1: 'area' is NaN or infinite"),
        ({"id": -1}, ValueError, "annotation -1: an id must not be negative; number them anew"),
    ],
)
def test_a_bad_label_is_named(change, error, message) -> None:
    label = {**person(), **change}
    label = {key: value for key, value in label.items() if value is not None}
    with pytest.raises(error, match=message):
        evaluate_coco_keypoints(ground_truth(label), [answer(person())])


def test_an_id_of_two_labels_is_named() -> None:
    with pytest.raises(ValueError, match="two annotations have the id 1; number them anew"):
        evaluate_coco_keypoints(ground_truth(person(), person(image_id=8)), [])


def test_some_results_with_boxes_and_some_without_are_named() -> None:
    results = [{**answer(person()), "bbox": [0, 0, 1, 1]}, answer(person(image_id=8))]
    with pytest.raises(ValueError, match=r"image 8 has no 'bbox'.*to all or to none"):
        evaluate_coco_keypoints(ground_truth(person()), results)


def test_sigmas_of_zero_are_named() -> None:
    with pytest.raises(ValueError, match="sigmas must be above 0"):
        evaluate_coco_keypoints(ground_truth(person()), [answer(person())], np.zeros(17))


@pytest.mark.parametrize("key", ["images", "categories"])
def test_a_list_that_the_labels_lack_is_named(key) -> None:
    truth = ground_truth(person())
    del truth[key]
    with pytest.raises(KeyError, match=f"the annotation file has no '{key}'"):
        evaluate_coco_keypoints(truth, [])


def test_labels_may_come_as_an_object_of_xtcocotools() -> None:
    truth = ground_truth(person())
    loaded = COCO("given", ann_data=truth)
    assert evaluate_coco_keypoints(loaded, [answer(person())])["AP"] == pytest.approx(1.0)


def test_labels_without_area_can_be_measured_by_their_box() -> None:
    label = person()
    result = answer(label)
    del label["area"]
    stats = evaluate_coco_keypoints(ground_truth(label), [result], use_area=False)
    assert stats["AP"] == pytest.approx(1.0)


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"annotation file .*none\.json does not exist"):
        evaluate_coco_keypoints(tmp_path / "none.json", [])
    with pytest.raises(FileNotFoundError, match=r"result file .*none\.json does not exist"):
        evaluate_coco_keypoints(ground_truth(person()), tmp_path / "none.json")
