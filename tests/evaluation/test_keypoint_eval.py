"""COCO's evaluation over all images at once equals xtcocotools to the last bit."""

from __future__ import annotations

import contextlib
import copy
import io
import json

import numpy as np
import pytest
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from models.evaluation.coco import evaluate_coco, evaluate_coco_keypoints
from models.evaluation.coco_answers import read_answers
from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import read_labels
from models.evaluation.keypoint_eval import AREAS, evaluate_keypoints, find_persons


def reference(truth: dict, results: list[dict], sigmas: np.ndarray, use_area: bool) -> COCOeval:
    with contextlib.redirect_stdout(io.StringIO()):
        labelled = COCO("given", ann_data=copy.deepcopy(truth))
        answered = labelled.loadRes(copy.deepcopy(results))
        evaluation = COCOeval(labelled, answered, "keypoints", sigmas, use_area=use_area)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def check(truth: dict, results: list[dict], sigmas: np.ndarray, use_area: bool = True) -> None:
    """Every number of the two evaluations is the same."""
    expected = reference(truth, results, sigmas, use_area)
    cells = Cells.of(truth)
    ours = evaluate_keypoints(
        read_answers(results, cells, len(sigmas)),
        read_labels(truth["annotations"], cells, len(sigmas), use_area),
        cells,
        sigmas,
    )
    for name in ("precision", "recall", "scores"):
        assert np.array_equal(getattr(ours, name), expected.eval[name][..., 0]), name
    assert ours.statistics == expected.stats.tolist()


class Scene:
    """Random people, answers near them, and what random people rarely do.

    Few distinct places, sizes and scores, so that equal scores and equal OKS are frequent.
    """

    def __init__(self, seed: int, joints: int = 17, images: int = 12, categories: int = 1) -> None:
        self.rng = np.random.default_rng(seed)
        self.joints = joints
        self.sigmas = self.rng.uniform(0.02, 0.12, joints)
        # ids neither in order nor dense; the last images have neither labels nor answers
        ids = [int(i) for i in self.rng.permutation(1000)[:images]]
        kinds = list(range(1, categories + 1))
        self.ids = self.rng.permutation(1000).tolist()
        self.truth = {
            "images": [{"id": i} for i in ids],
            "categories": [{"id": c, "name": str(c)} for c in kinds],
            "annotations": [],
        }
        self.results: list[dict] = []
        for image in ids[:-2]:
            for category in kinds:
                people = [self.person(image, category) for _ in range(self.rng.integers(6))]
                self.truth["annotations"] += people
                for _ in range(self.rng.choice([0, 3, 12, 30])):
                    self.results.append(self.answer(image, category, people))
        order = self.rng.permutation(len(self.results))
        self.results = [self.results[i] for i in order]
        order = self.rng.permutation(len(self.truth["annotations"]))
        self.truth["annotations"] = [self.truth["annotations"][i] for i in order]

    def person(self, image: int, category: int) -> dict:
        rng, size = self.rng, float(self.rng.choice([10, 31.9, 32, 60, 96, 96.1, 300]))
        # mostly a random set of labelled joints, sometimes none
        visible = rng.integers(0, 3, self.joints) * (rng.random() > 0.25)
        points = rng.integers(0, 4, 2) * 50.0 + rng.uniform(0, size, (self.joints, 2))
        keypoints = np.column_stack([points * (visible > 0)[:, None], visible])
        person = {
            "id": self.ids.pop(),
            "image_id": image,
            "category_id": category,
            "keypoints": keypoints.ravel().tolist(),
            "num_keypoints": int((visible > 0).sum()),
            "bbox": [*points.min(axis=0).tolist(), size, size],
            "area": float(rng.choice([size**2, size**2, 0.0, 32**2, 96**2, 1e10, 2e10])),
            "iscrowd": int(rng.random() < 0.2),
            "ignore": int(rng.random() < 0.5),  # has no say
        }
        if rng.random() < 0.2:
            del person["iscrowd"]
        return person

    def answer(self, image: int, category: int, people: list[dict]) -> dict:
        rng = self.rng
        if people and rng.random() < 0.8:
            source = people[rng.integers(len(people))]
            keypoints = np.reshape(source["keypoints"], (-1, 3)).copy()
            noise = rng.choice([0, 0, 0.5, 2]) * self.sigmas[:, None] * source["bbox"][2]
            keypoints[:, :2] += noise * rng.normal(size=(self.joints, 2))
        else:
            keypoints = rng.uniform(0, 200, (self.joints, 3))
        # a pose without a joint that scores is left out
        keypoints[:, 2] = rng.uniform(0, 1, self.joints) * (rng.random() > 0.1)
        return {
            "image_id": image,
            "category_id": category,
            "keypoints": keypoints.ravel().tolist(),
            "score": float(rng.choice([0.1, 0.5, 0.5, 0.9, rng.random()])),
        }


@pytest.mark.parametrize("use_area", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_every_number_is_the_references(seed: int, use_area: bool) -> None:
    scene = Scene(seed)
    check(scene.truth, scene.results, scene.sigmas, use_area)


@pytest.mark.parametrize("joints", [1, 3, 8, 14, 21, 133, 300])
def test_with_other_joints(joints: int) -> None:
    """NumPy adds in another order from 8 numbers on, and from 128 on again."""
    scene = Scene(100 + joints, joints=joints)
    check(scene.truth, scene.results, scene.sigmas)


@pytest.mark.parametrize("seed", range(3))
def test_who_is_found_is_the_references(seed: int) -> None:
    scene = Scene(150 + seed)
    expected = reference(scene.truth, scene.results, scene.sigmas, True)
    cells = Cells.of(scene.truth)
    answers = read_answers(scene.results, cells, 17)
    labels = read_labels(scene.truth["annotations"], cells, 17, True)
    thresholds = expected.params.iouThrs
    finds = find_persons(answers, labels, scene.sigmas, thresholds, AREAS)
    # labels by their boxes; the reference numbers answers from 1, in the order given
    place = {tuple(box): i for i, box in enumerate(labels.boxes)}
    label_of = {person["id"]: place[tuple(person["bbox"])] for person in scene.truth["annotations"]}
    row_of = {number: row for row, number in enumerate(finds.order + 1)}
    seen = 0
    for evaluated in filter(None, expected.evalImgs):
        area = expected.params.areaRng.index(evaluated["aRng"])
        for t in range(len(thresholds)):
            pairs = zip(evaluated["dtIds"], evaluated["dtMatches"][t], strict=True)
            for answer, person in pairs:
                found = finds.found[row_of[answer], t, area]
                assert found == (label_of[person] if person >= 0 else -1)
                seen += found >= 0
    assert seen == (finds.found >= 0).sum() > 100


def test_with_several_categories() -> None:
    scene = Scene(200, categories=3)
    scene.truth["annotations"] = [
        label for label in scene.truth["annotations"] if label["category_id"] != 2
    ]
    check(scene.truth, scene.results, scene.sigmas)


@pytest.mark.parametrize("left", ["nobody labelled", "nothing answered", "neither", "all crowds"])
def test_with_nothing_to_compare(left: str) -> None:
    scene = Scene(300)
    if left in ("nobody labelled", "neither"):
        # one label, far from what is evaluated: xtcocotools needs the list
        scene.truth["annotations"] = scene.truth["annotations"][:1]
        scene.truth["annotations"][0]["image_id"] = -1
    if left == "all crowds":
        for label in scene.truth["annotations"]:
            label["iscrowd"] = 1
    results = [] if left in ("nothing answered", "neither") else scene.results
    check(scene.truth, results, scene.sigmas)


def test_labels_of_other_images_and_categories_have_no_part() -> None:
    scene = Scene(400)
    for label in scene.truth["annotations"][::3]:
        label["image_id" if label["id"] % 2 else "category_id"] = 10**6
    check(scene.truth, scene.results, scene.sigmas)


def test_results_with_boxes_are_measured_by_them() -> None:
    scene = Scene(500)
    for result in scene.results:
        result["bbox"] = [0.0, 0.0, float(scene.rng.choice([5.0, 32, 97])), 50.0]
    check(scene.truth, scene.results, scene.sigmas)


def test_ids_may_be_words() -> None:
    scene = Scene(600)
    for entry in scene.truth["images"]:
        entry["id"] = f"street {entry['id']}"
    for entry in [*scene.truth["annotations"], *scene.results]:
        entry["image_id"] = f"street {entry['image_id']}"
    check(scene.truth, scene.results, scene.sigmas)


def test_one_person_found_twice_and_two_alike() -> None:
    """Of labels that are alike the last is taken first, and a crowd by all that are left."""
    at = np.column_stack([np.linspace(10, 90, 17), np.linspace(10, 90, 17), np.full(17, 2.0)])
    person = {"image_id": 1, "category_id": 1, "keypoints": at.ravel().tolist()}
    person |= {"bbox": [0, 0, 100, 100], "area": 5000}
    truth = {
        "images": [{"id": 1}],
        "categories": [{"id": 1}],
        "annotations": [
            {**person, "id": 0, "area": 10000},  # large
            {**person, "id": 1},
            {**person, "id": 2, "iscrowd": 1},
            {**person, "id": 3},
        ],
    }
    result = {"image_id": 1, "category_id": 1, "keypoints": at.ravel().tolist()}
    results = [{**result, "score": score} for score in (0.9, 0.8, 0.8, 0.7, 0.1)]
    check(truth, results, np.full(17, 0.05))
    stats = evaluate_coco_keypoints(truth, results, np.full(17, 0.05))
    assert [stats[name] for name in ("AP", "AP (M)", "AP (L)")] == pytest.approx([1.0] * 3)


@pytest.mark.parametrize("name", ["noise1.0_soft0", "noise3.0_soft0", "noise3.0_soft1"])
def test_reference_answers(golden, tmp_path, name) -> None:
    """The golden test set's answers, as they are after rescoring and suppression."""
    case = json.loads((golden / "coco_eval.json").read_text())[name]
    table = np.array(json.loads((golden / "coco_eval_boxes.json").read_text()))
    area = np.prod(table[:, 3:5] * 200, axis=1)
    batch = {
        "preds": np.array(case["keypoints"]),
        "boxes": np.column_stack([table[:, 1:5], area, table[:, 5]]),
        "image_ids": table[:, 0].astype(int).tolist(),
        "bbox_ids": np.arange(len(table)),
    }
    path = golden / "coco_12_persons_gt.json"
    stats = {}
    for evaluator in ("vectorized", "xtcocotools"):
        stats[evaluator] = evaluate_coco([batch], path, tmp_path, evaluator=evaluator)
    assert stats["vectorized"] == stats["xtcocotools"]
    sigmas = np.array([26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]) / 1e3
    results = json.loads((tmp_path / "result_keypoints.json").read_text())
    check(json.loads(path.read_text()), results, sigmas)


def test_an_unknown_evaluator_is_named() -> None:
    with pytest.raises(ValueError, match="'pycocotools'; choose one of vectorized, xtcocotools"):
        evaluate_coco_keypoints({}, [], evaluator="pycocotools")
