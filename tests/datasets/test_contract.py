"""Metrics of data sets: asked for by name, with options, before and after a test, in shares."""

from __future__ import annotations

import json
import shutil
import sys

import numpy as np
import pytest
from mmcv.utils import import_modules_from_strings

from models.builder import DATASETS, METRICS, VISUALIZERS
from models.datasets import EvaluatedDataset, TopDownCocoDataset, check_evaluation
from models.datasets.contract import plural
from models.evaluation import Metric, compute_scores, load_mpii_ground_truth

ALL = ["mAP", "PCK", "AUC", "EPE", "NME"]


@pytest.fixture
def registered():
    """Forgets what a test registers."""
    registries = (METRICS, DATASETS, VISUALIZERS)
    before = [dict(registry.module_dict) for registry in registries]
    yield
    for registry, known in zip(registries, before, strict=True):
        for name in set(registry.module_dict) - set(known):
            del registry.module_dict[name]


@pytest.fixture
def crowd(coco, person):
    """Forty people, and predictions of them in batches of three."""
    rng = np.random.default_rng(5)
    people = []
    for number in range(40):
        joints = np.column_stack([rng.uniform(0, 80, 17), rng.uniform(0, 60, 17)])
        states = rng.integers(0, 3, 17)
        states[0] = 2
        keypoints = np.column_stack([joints.round(), states]).ravel().tolist()
        people.append(person(number, 50 + number % 3, keypoints=keypoints))
    dataset = coco({"annotations": people}, test_mode=True)
    batches = []
    for first in range(0, 40, 3):
        part = dataset.db[first : first + 3]
        points = np.stack([p["joints_3d"][:, :2] for p in part]) + rng.normal(0, 3, (1, 17, 2))
        batches.append(
            {
                "preds": np.concatenate([points, rng.random((*points.shape[:2], 1))], axis=-1),
                "boxes": np.array([[*p["center"], *p["scale"], 900, 1.0] for p in part]),
                "image_paths": [p["image_file"] for p in part],
                "bbox_ids": [p["bbox_id"] for p in part],
            }
        )
    return dataset, batches


def test_each_metric_that_is_asked_for_is_computed(crowd, tmp_path):
    dataset, batches = crowd
    scores = dataset.evaluate(batches, str(tmp_path), ALL)
    assert list(scores)[:2] == ["AP", "AP .5"]
    assert list(scores)[10:] == ["PCK", "AUC", "EPE", "NME"]
    for name in ALL:
        alone = dataset.evaluate(batches, str(tmp_path), name)
        assert alone == {key: scores[key] for key in alone}
    assert dataset.evaluate(batches, str(tmp_path), ["mAP", "CocoMetric"]).keys() == {
        *list(scores)[:10]
    }


@pytest.mark.parametrize("number", [2, 3, 8])
@pytest.mark.parametrize("through_json", [False, True])
def test_shares_of_processes_change_no_digit(crowd, number, through_json):
    dataset, batches = crowd
    whole = dataset.metrics(ALL)
    for metric in whole:
        metric.process(batches)
    expected = compute_scores(whole)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(batches))
        shares = [dataset.metrics(ALL) for _ in range(number)]
        for place, batch in enumerate(order):
            for metric in shares[place % number]:
                metric.process([batches[batch]])
        for column in zip(*shares, strict=True):
            states = [metric.state() for metric in column]
            if through_json:
                states = json.loads(json.dumps(states, default=lambda value: value.tolist()))
            column[0].merge(states)
        assert compute_scores(shares[0]) == expected


def test_shares_of_mpii_change_no_digit(mpii, golden, folder):
    shutil.copy(golden / "mpii_pckh" / "mpii_gt_val.mat", folder)
    recorded = np.load(golden / "mpii_pckh" / "preds.npz")
    batches = [
        {
            "preds": pose[None],
            "boxes": np.ones((1, 6)),
            "image_paths": ["1.png"],
            "bbox_ids": [number],
        }
        for number, pose in enumerate(recorded[recorded.files[0]])
    ]
    dataset = mpii(test_mode=True)
    expected = dataset.evaluate(batches)
    shares = [dataset.metrics("PCKh")[0] for _ in range(3)]
    for place, batch in enumerate(reversed(batches)):
        shares[place % 3].process([batch])
    shares[0].merge([share.state() for share in shares])
    assert shares[0].compute() == expected


def test_options_reach_their_metric(crowd):
    dataset, batches = crowd
    scores = dataset.evaluate(batches, metric=["PCK", "AUC", "EPE"], pck_thr=0.05, auc_nor=5)
    default = dataset.evaluate(batches, metric=["PCK", "AUC", "EPE"])
    assert scores["PCK"] < default["PCK"] and scores["AUC"] < default["AUC"]
    assert scores["EPE"] == default["EPE"]
    with pytest.raises(KeyError, match=r"evaluation of PCK, EPE has no key 'pck_th'.*'pck_thr'"):
        dataset.evaluate(batches, metric=["PCK", "EPE"], pck_th=0.1)
    with pytest.raises(KeyError, match="evaluation of EPE has no key 'pck_thr'"):
        dataset.check_metric("EPE", pck_thr=0.1)
    with pytest.raises(ValueError, match="pck_thr=-1 must be a number above 0"):
        dataset.check_metric("PCK", pck_thr=-1)


def test_detected_boxes_have_no_keypoints_to_compare_with(coco):
    dataset = coco(detections=[{}], test_mode=True)
    dataset.check_metric("mAP")
    with pytest.raises(ValueError, match=r"but none of the 1 tested boxes has.*use_gt_bbox=True"):
        dataset.check_metric(["mAP", "PCK"])


def test_keypoints_without_sigmas_are_told_before_the_test(coco, person):
    info = {
        "dataset_name": "two",
        "keypoint_info": {0: {"name": "a", "id": 0}, 1: {"name": "b", "id": 1}},
    }
    two = [person(1, 50, keypoints=[12, 6, 2, 14, 8, 2])]
    dataset = coco({"annotations": two}, test_mode=True, arguments={"dataset_info": info})
    with pytest.raises(ValueError, match="the 2 joints 'two' have no sigmas"):
        dataset.check_metric()
    dataset.check_metric("EPE")
    batch = {
        "preds": np.ones((1, 2, 3)),
        "boxes": np.ones((1, 6)),
        "image_paths": [dataset.db[0]["image_file"]],
        "bbox_ids": [0],
    }
    assert list(dataset.evaluate([batch], metric="EPE")) == ["EPE"]
    assert dataset.beside_labels([batch]) is None


def test_heads_of_mpii(mpii, golden, folder):
    shutil.copy(golden / "mpii_pckh" / "mpii_gt_val.mat", folder)
    truth = load_mpii_ground_truth(folder / "mpii_gt_val.mat")
    dataset = mpii(test_mode=True)
    assert dataset.head_sizes() is None  # of other people than the one here
    dataset.db = dataset.db * len(truth)
    np.testing.assert_array_equal(dataset.head_sizes(), truth.head_sizes)


def test_people_of_skipped_images_count_as_wrong_for_mpii(mpii, golden, folder):
    shutil.copy(golden / "mpii_pckh" / "mpii_gt_val.mat", folder)
    truth = load_mpii_ground_truth(folder / "mpii_gt_val.mat")
    dataset = mpii(test_mode=True)
    person = dataset.db[0]
    dataset.db = [{**person, "bbox_id": i} for i in range(len(truth))]
    perfect = np.concatenate([truth.joints - 1, np.ones((len(truth), 16, 1))], axis=-1)
    batch = {
        "preds": perfect[:-1],
        "boxes": np.ones((len(truth) - 1, 6)),
        "image_paths": ["1.png"] * (len(truth) - 1),
        "bbox_ids": list(range(len(truth) - 1)),
    }
    with pytest.raises(ValueError, match="predictions for 39 people"):
        dataset.evaluate([batch])
    dataset.skip_bad_images = True
    scored = truth.visible.copy()
    scored[:, [6, 7]] = False  # pelvis and thorax
    expected = 100 * scored[:-1].sum() / scored.sum()
    assert dataset.evaluate([batch])["PCKh"] == pytest.approx(expected)


def test_words_beside_scores(coco, mpii):
    assert coco().tested_on == "3 persons, ground-truth boxes"
    assert coco().samples_text(1) == "1 box, the labelled ones"
    detected = coco(detections=[{}], test_mode=True)
    assert detected.samples_kind == "detector's boxes"
    assert detected.samples_text(2) == f"2 boxes, of a detector ({detected.boxes_from})"
    assert [plural("sample", n) for n in (0, 1, 2)] == ["samples", "sample", "samples"]


# What a config asks for, before data are loaded.


def test_names_are_found_without_data():
    found = TopDownCocoDataset.metric_types(["NME", "mAP"])
    assert [kind.name for kind in found.values()] == ["NME", "CocoMetric"]
    assert list(TopDownCocoDataset.metric_types()) == ["mAP"]
    with pytest.raises(KeyError, match=r"has no metric 'MpiiPCKh': it reads mpii_ground_truth"):
        TopDownCocoDataset.metric_types("MpiiPCKh")
    with pytest.raises(KeyError, match="EvaluatedDataset has no default metric"):
        EvaluatedDataset.metric_types()


@pytest.mark.parametrize(
    ("settings", "best"),
    [
        ({}, ("AP", True)),
        ({"interval": 10, "metric": "mAP", "save_best": "AP", "examples": 3}, ("AP", True)),
        ({"save_best": "auto"}, ("AP", True)),
        ({"save_best": True, "metric": ["EPE", "mAP"]}, ("EPE", False)),
        ({"save_best": "AR (M)", "metric": ["EPE", "mAP"]}, ("AR (M)", True)),
        ({"save_best": "NME", "metric": ["PCK", "NME"], "nme_normalize": [0, 1]}, ("NME", False)),
    ],
)
def test_evaluation_that_can_be(settings, best):
    assert check_evaluation("TopDownCocoDataset", settings) == best


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "mAp"}, r"has no metric 'mAp'; did you mean 'mAP'"),
        ({"save_best": "AP50"}, r"save_best='AP50' is no score of TopDownCocoDataset's mAP; did"),
        ({"save_best": "EPE"}, r"save_best='EPE' is no score"),
        ({"intervall": 1}, r"evaluation of mAP has no key 'intervall'; did you mean 'interval'"),
        ({"metric": ["mAP", "PCK"], "auc_nor": 3}, r"evaluation of mAP, PCK has no key 'auc_nor'"),
    ],
)
def test_evaluation_that_cannot_be(settings, message):
    with pytest.raises(KeyError, match=message):
        check_evaluation("TopDownCocoDataset", settings)


def test_further_faults_of_an_evaluation(registered):
    with pytest.raises(ValueError, match="pck_thr='much'"):
        check_evaluation(TopDownCocoDataset, {"metric": "PCK", "pck_thr": "much"})
    with pytest.raises(KeyError, match="TopDownCoco is not a dataset; did you mean"):
        check_evaluation("TopDownCoco", {})

    @DATASETS.register_module()
    class Plain:
        pass

    with pytest.raises(TypeError, match="Plain cannot be evaluated: derive it from"):
        check_evaluation("Plain", {})

    class Drawn(TopDownCocoDataset):
        visualizer = "Painter"

    with pytest.raises(KeyError, match="Painter is not a visualizer"):
        check_evaluation(Drawn, {})

    @VISUALIZERS.register_module()
    class Painter:
        def compare(self, results):
            return None

    with pytest.raises(TypeError, match="visualizer 'Painter' has no draw"):
        check_evaluation(Drawn, {})


# A metric from a user's own file.

USER_FILE = '''
"""How many boxes were predicted, and how many of them score below a threshold."""

from models.builder import METRICS
from models.evaluation import Metric


@METRICS.register_module()
class BoxCount(Metric):
    key = "boxes"

    def __init__(self, dataset, res_folder=None, *, least=0.5):
        super().__init__(dataset, res_folder)
        self.least, self.boxes, self.low = least, 0, 0

    def process(self, predictions):
        for batch in predictions:
            self.boxes += len(batch["boxes"])
            self.low += sum(float(box[5]) < self.least for box in batch["boxes"])

    def state(self):
        return {"boxes": self.boxes, "low": self.low}

    def merge(self, states):
        self.boxes = sum(state["boxes"] for state in states)
        self.low = sum(state["low"] for state in states)

    def compute(self):
        return {"boxes": float(self.boxes), "low boxes": float(self.low)}
'''


@pytest.fixture
def user_file(tmp_path, monkeypatch, registered):
    (tmp_path / "my_box_metric.py").write_text(USER_FILE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import_modules_from_strings(["my_box_metric"])
    yield
    del sys.modules["my_box_metric"]


def test_a_metric_of_a_users_file(user_file, crowd):
    dataset, batches = crowd
    scores = dataset.evaluate(batches, metric=["mAP", "BoxCount"], least=2)
    assert (scores["boxes"], scores["low boxes"]) == (40, 40)
    assert next(iter(scores)) == "AP"
    assert dataset.evaluate(batches, metric="BoxCount") == {"boxes": 40, "low boxes": 0}
    settings = {"metric": ["mAP", "BoxCount"], "save_best": "low boxes", "least": 0.1}
    assert check_evaluation("TopDownCocoDataset", settings) == ("low boxes", True)
    shares = [dataset.metrics("BoxCount")[0] for _ in range(3)]
    for place, batch in enumerate(batches):
        shares[place % 3].process([batch])
    shares[1].merge([share.state() for share in shares])
    assert shares[1].compute()["boxes"] == 40


def test_a_metric_that_breaks_the_contract_is_told_at_the_start(coco, registered):
    @METRICS.register_module()
    class Half(Metric):
        key = "half"

        def process(self, predictions):
            pass

        def state(self):
            return {1, 2}

        def merge(self, states):
            pass

    with pytest.raises(TypeError, match=r"metric 'Half' \(Half\) has no compute"):
        check_evaluation("TopDownCocoDataset", {"metric": "Half"})

    @METRICS.register_module()
    class Whole(Half):
        def compute(self):
            return {"half": 0.5}

    with pytest.raises(TypeError, match=r"metric Whole: state\(\) is a set"):
        coco().check_metric("Whole")
