"""PCK, AUC, EPE and NME, against what mmpose 0.29 computes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from models.evaluation import KeypointTruth
from models.evaluation.keypoint_truth import check_normalize
from models.evaluation.metrics import AUC, EPE, NME, PCK


def truth_of(points, labelled=None, boxes=None, names=None, head_sizes=None) -> KeypointTruth:
    points = np.asarray(points, dtype=float)
    number, keypoints = points.shape[:2]
    labelled = np.ones((number, keypoints), bool) if labelled is None else labelled
    boxes = np.tile([0.0, 0, 10, 20], (number, 1)) if boxes is None else boxes
    names = names or tuple(f"joint_{i}" for i in range(keypoints))
    images = [f"a/{i}.png" for i in range(number)]
    ids = np.arange(number)
    return KeypointTruth(ids, images, points, labelled, boxes, names, head_sizes)


def predictions_of(points, ids=None, images=None) -> list[dict]:
    points = np.asarray(points, dtype=float)
    ids = list(range(len(points))) if ids is None else ids
    return [
        {
            "preds": np.concatenate([points, np.ones((*points.shape[:2], 1))], axis=-1),
            "boxes": np.ones((len(points), 6)),
            "image_paths": images or [f"b/{i}.png" for i in ids],
            "bbox_ids": ids,
        }
    ]


def score(kind, truth, points, **options) -> float:
    metric = kind(SimpleNamespace(keypoint_truth=lambda: truth), **options)
    metric.process(predictions_of(points))
    ((name, value),) = metric.compute().items()
    assert name == kind.key == kind.scores[0]
    return value


#: seed, N, K, spread → what mmpose 0.29 gives (in float32)
MMPOSE = {
    (0, 12, 5, 12.0): (
        *(0.775, 0.0458333333, 0.481875, 0.0739583333),
        *(15.0154228, 0.13753590, 0.26826349),
    ),
    (1, 40, 17, 25.0): (
        *(0.3758598001, 0.0282226907, 0.1662297878, 0.0254440069),
        *(31.8585491, 0.27155432, 0.34009641),
    ),
    (2, 3, 4, 2.0): (
        *(1.0, 1.0, 0.8888888889, 0.7111111111),
        *(2.59832025, 0.02128828, 0.01660510),
    ),
    (3, 500, 21, 18.0): (
        *(0.5848405939, 0.0577768746, 0.3016108775, 0.0450396579),
        *(22.5486259, 0.20047338, 0.33736196),
    ),
}


@pytest.mark.parametrize("case", MMPOSE, ids=str)
def test_numbers_of_mmpose(case):
    seed, number, keypoints, spread = case
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 200, (number, keypoints, 2)).round(2)
    predicted = (points + rng.normal(0, spread, points.shape)).round(2)
    labelled = rng.random((number, keypoints)) > 0.25
    labelled[:, -1] = False
    corner, size = rng.uniform(0, 50, (number, 2)), rng.uniform(40, 160, (number, 2))
    truth = truth_of(points, labelled, np.column_stack([corner, size]).round(1))
    found = (
        score(PCK, truth, predicted),
        score(PCK, truth, predicted, pck_thr=0.05),
        score(AUC, truth, predicted),
        score(AUC, truth, predicted, auc_nor=10),
        score(EPE, truth, predicted),
        score(NME, truth, predicted),
        score(NME, truth, predicted, nme_normalize=[0, 1]),
    )
    assert found == pytest.approx(MMPOSE[case], rel=3e-7)


def test_pck_is_a_mean_over_keypoints_of_those_nearer_than_the_threshold():
    """The box is 20 long: 4 px are at the threshold .2, and not within it."""
    points = np.zeros((2, 3, 2))
    labelled = np.array([[True, True, False], [True, False, False]])
    truth = truth_of(points, labelled)
    predicted = points.copy()
    predicted[0, 0, 0] = 4
    predicted[0, 2] = 99  # is not annotated
    assert score(PCK, truth, predicted) == (1 / 2 + 1) / 2
    assert score(PCK, truth, predicted, pck_thr=0.21) == 1
    assert score(EPE, truth, predicted) == 4 / 3


NAMES = ("left_eye", "right_eye", "left_shoulder", "right_hip")


@pytest.mark.parametrize(
    ("normalize", "length"),
    [
        ("bbox", 20),
        ("head", 7),
        ("interocular", 5),
        ("torso", 50),
        (["left_eye", "right_eye"], 5),
        ((2, 3), 50),
        (8, 8),
        (2.5, 2.5),
    ],
)
def test_lengths(normalize, length):
    points = np.array([[[0, 0], [3, 4], [0, 0], [30, 40]]])
    truth = truth_of(points, names=NAMES, head_sizes=np.array([7.0]))
    moved = points + np.array([2, 0])
    assert score(NME, truth, moved, nme_normalize=normalize) == pytest.approx(2 / length)


def test_samples_without_the_length_do_not_count():
    points = np.array([[[0, 0], [10, 0]], [[0, 0], [0, 0]], [[0, 0], [4, 0]]])
    labelled = np.array([[True, True], [True, True], [True, False]])  # of the second it is 0
    moved = points + np.array([[[1, 0]], [[77, 0]], [[77, 0]]])
    assert score(NME, truth_of(points, labelled), moved, nme_normalize=(0, 1)) == 0.1


@pytest.mark.parametrize(
    "normalize", ["box", ["a"], ["a", "a"], [0, 1, 2], 0, -3, True, None, float("nan"), {}]
)
def test_what_is_no_length(normalize):
    with pytest.raises(ValueError, match="use one of bbox, head, interocular, torso"):
        check_normalize(normalize)
    for kind in (PCK, NME):
        with pytest.raises(ValueError, match="use one of"):
            kind.check_options(**{f"{kind.key.lower()}_normalize": normalize})


def test_lengths_that_a_data_set_does_not_have():
    truth = truth_of(np.zeros((1, 2, 2)))
    dataset = SimpleNamespace(keypoint_truth=lambda: truth)
    with pytest.raises(ValueError, match=r"needs the keypoint 'left_eye'.*joint_0, joint_1"):
        NME(dataset, nme_normalize="interocular")
    with pytest.raises(ValueError, match="needs the keypoint 2"):
        NME(dataset, nme_normalize=(0, 2))
    with pytest.raises(ValueError, match="needs the sizes of heads"):
        PCK(dataset, pck_normalize="head")


@pytest.mark.parametrize("value", [0, -1, True, "0.2", float("inf")])
def test_thresholds_that_cannot_be(value):
    with pytest.raises(ValueError, match=r"pck_thr=.* must be a number above 0"):
        PCK.check_options(pck_thr=value)
    with pytest.raises(ValueError, match=r"auc_nor=.* must be a number above 0"):
        AUC.check_options(auc_nor=value)


def test_directions_and_scales():
    assert [(m.higher_is_better, m.full_score) for m in (PCK, AUC, EPE, NME)] == [
        (True, 1.0),
        (True, 1.0),
        (False, None),
        (False, None),
    ]


@pytest.fixture
def metric():
    truth = truth_of(np.zeros((3, 2, 2)))
    return EPE(SimpleNamespace(keypoint_truth=lambda: truth))


def test_the_first_prediction_of_a_sample_counts(metric):
    metric.process(predictions_of([[[3, 4], [3, 4]]], ids=[1]))
    metric.process(predictions_of(np.full((3, 2, 2), 0.0)))
    assert metric.compute() == {"EPE": pytest.approx(5 / 3)}
    metric.merge([metric.state(), metric.state()])
    assert metric.compute() == {"EPE": pytest.approx(5 / 3)}


def test_all_samples_are_needed_unless_images_are_skipped(metric):
    metric.process(predictions_of(np.ones((1, 2, 2)), ids=[2]))
    with pytest.raises(ValueError, match="2 of 3 samples were not predicted"):
        metric.compute()
    metric.dataset.skip_bad_images = True
    assert metric.compute() == {"EPE": pytest.approx(2**0.5)}
    metric.merge([])
    with pytest.raises(ValueError, match="no predicted sample has annotated keypoints"):
        metric.compute()


def test_predictions_of_something_else(metric):
    with pytest.raises(ValueError, match="box 7 is in image"):
        metric.process(predictions_of(np.zeros((1, 2, 2)), ids=[7]))
    with pytest.raises(ValueError, match=r"in image b/2\.png by the predictions, in 0\.png"):
        metric.process(predictions_of(np.zeros((1, 2, 2)), ids=[0], images=["b/2.png"]))
    with pytest.raises(ValueError, match="predictions have 4 keypoints, but the data set has 2"):
        metric.process(predictions_of(np.zeros((1, 4, 2)), ids=[0]))
    with pytest.raises(ValueError, match="NaN or infinite"):
        metric.process(predictions_of(np.full((1, 2, 2), np.nan), ids=[0]))


def test_nothing_to_compare_with():
    truth = truth_of(np.zeros((2, 2, 2)), np.zeros((2, 2), bool))
    with pytest.raises(ValueError, match=r"PCK compares with annotated .*use_gt_bbox=True"):
        PCK(SimpleNamespace(keypoint_truth=lambda: truth))
