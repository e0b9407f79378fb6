"""OKS and the suppression of doubles by it, by hand and against the reference."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.evaluation.oks import oks_iou, oks_nms, soft_oks_nms
from models.structures.coco import COCO_17


def instance(shift: float, score: float, area: float = 100.0, joints: int = 2) -> dict:
    keypoints = np.zeros((joints, 3))
    keypoints[:, 0] = shift
    keypoints[:, 2] = 1.0
    return {"keypoints": keypoints, "score": score, "area": area}


def test_oks_of_one_joint_is_the_formula() -> None:
    pose, other = np.array([[3.0, 4.0]]), np.array([[[0.0, 0.0]]])
    # d² = 25, (2σ)² = 0.04, mean area 250
    expected = np.exp(-25 / 0.04 / 250 / 2)
    assert oks_iou(pose, other, 200.0, [300.0], sigmas=[0.1]) == pytest.approx(expected, rel=1e-12)


def test_oks_of_a_pose_with_itself_is_one() -> None:
    pose = np.random.rand(17, 3)
    assert oks_iou(pose, pose[None], 50.0, [50.0]) == pytest.approx(1.0, abs=1e-15)


def test_oks_tells_the_others_apart() -> None:
    pose = np.zeros((2, 2))
    others = np.array([[[0.0, 0], [0, 0]], [[0, 0], [1e6, 0]], [[1e6, 0], [0, 1e6]]])
    oks = oks_iou(pose, others, 1.0, [1.0, 1.0, 1.0], sigmas=[0.1, 0.1])
    assert oks == pytest.approx([1.0, 0.5, 0.0], abs=1e-12)


def test_visibility_is_read_from_the_other_pose_alone() -> None:
    pose = np.array([[0.0, 0, 0.1], [0, 0, 0.9]])
    others = np.array(
        [
            [[0.0, 0, 0.9], [1e6, 0, 0.1]],  # its first joint counts: at the same place
            [[0.0, 0, 0.1], [1e6, 0, 0.9]],  # its second: far off
            [[0.0, 0, 0.2], [0, 0, 0.2]],  # none is above the threshold
        ]
    )
    oks = oks_iou(pose, others, 1.0, np.ones(3), sigmas=[0.1, 0.1], vis_thr=0.2)
    assert oks == pytest.approx([1.0, 0.0, 0.0], abs=1e-12)


def test_nms_drops_the_lower_of_two_alike_and_keeps_the_far() -> None:
    instances = [instance(0, 0.5), instance(0.1, 0.9), instance(500, 0.1)]
    assert oks_nms(instances, 0.9, sigmas=[0.1, 0.1]) == [1, 2]


def test_nms_keeps_a_pose_exactly_at_the_threshold() -> None:
    instances = [instance(0, 0.9), instance(0, 0.5)]
    assert oks_nms(instances, 1.0, sigmas=[0.1, 0.1]) == [0, 1]


def test_soft_nms_chooses_a_far_pose_before_a_double() -> None:
    instances = [instance(0, 0.9), instance(0, 0.8), instance(500, 0.3)]
    # the double falls to 0.8 · exp(−1 / 0.9) = 0.263
    assert soft_oks_nms(instances, 0.9, sigmas=[0.1, 0.1]) == [0, 2, 1]
    assert soft_oks_nms(instances, 0.9, max_dets=2, sigmas=[0.1, 0.1]) == [0, 2]


def test_no_instances_keep_none() -> None:
    assert oks_nms([], 0.9) == []
    assert soft_oks_nms([], 0.9) == []


@pytest.mark.parametrize("case", range(6))
def test_reference(golden, case) -> None:
    reference = json.loads((golden / "oks_nms.json").read_text())[case]
    hard = oks_nms(reference["db"], 0.9, COCO_17.sigmas, vis_thr=0.2)
    soft = soft_oks_nms(reference["db"], 0.9, 20, COCO_17.sigmas, vis_thr=0.2)
    assert hard == reference["keep"]
    assert soft == reference["soft_keep"]


def test_sigmas_of_other_joints_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"17 sigmas for poses of 16 joints.*dataset_info"):
        oks_iou(np.zeros((16, 3)), np.zeros((1, 16, 3)), 1.0, [1.0])


def test_vis_thr_without_scores_is_an_error() -> None:
    with pytest.raises(ValueError, match="vis_thr needs joints with a score"):
        oks_iou(np.zeros((17, 2)), np.zeros((1, 17, 2)), 1.0, [1.0], vis_thr=0.2)
