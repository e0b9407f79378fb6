"""Both older dialects of configs mean what they meant."""

from __future__ import annotations

import copy

import pytest

from models import compat

LOSS = {"type": "JointsMSELoss", "use_target_weight": True}
ORIGINAL = {
    "type": "TopDown",
    "backbone": {"type": "LiteHRNet"},
    "keypoint_head": {
        "type": "TopDownSimpleHead",
        "in_channels": 40,
        "out_channels": 17,
        "num_deconv_layers": 0,
    },
    "test_cfg": {"flip_test": True, "post_process": True, "unbiased_decoding": False},
    "loss_pose": LOSS,
}
MMPOSE_029 = {
    "type": "TopDown",
    "backbone": {"type": "LiteHRNet"},
    "keypoint_head": {
        "type": "TopdownHeatmapSimpleHead",
        "in_channels": 40,
        "out_channels": 17,
        "num_deconv_layers": 0,
        "loss_keypoint": LOSS,
    },
    "test_cfg": {"flip_test": True, "post_process": "default"},
}


def test_both_dialects_give_one_model():
    ours = compat.canonical_model(ORIGINAL)
    assert ours == compat.canonical_model(MMPOSE_029)
    assert ours["keypoint_head"]["type"] == "TopDownSimpleHead"
    assert ours["loss_pose"] == LOSS
    assert ours["test_cfg"] == {"flip_test": True, "post_process": "default"}


def test_mmposes_head_has_three_deconvolutions_unless_it_says_otherwise():
    head = {"type": "TopdownHeatmapSimpleHead", "in_channels": 2048, "out_channels": 17}
    ours = compat.canonical_model({"keypoint_head": head})["keypoint_head"]
    assert ours == {**head, "type": "TopDownSimpleHead", "num_deconv_layers": 3}


@pytest.mark.parametrize("cfg", [ORIGINAL, MMPOSE_029])
def test_translation_leaves_its_input_and_settles(cfg):
    before = copy.deepcopy(cfg)
    once = compat.canonical_model(cfg)
    assert cfg == before
    assert compat.canonical_model(once) == once


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({"post_process": True}, "default"),
        ({"post_process": False}, "none"),
        ({"post_process": None}, "none"),
        ({"post_process": "megvii"}, "megvii"),
        ({"post_process": "unbiased"}, "unbiased"),
        ({"post_process": True, "unbiased_decoding": True}, "unbiased"),
        ({}, "default"),
    ],
)
def test_words_for_decoding(given, meant):
    assert compat.canonical_test_cfg(given) == {"post_process": meant}


def test_unknown_decoding():
    with pytest.raises(ValueError, match=r"'dark' is unknown; use .*'unbiased' \(DARK\)"):
        compat.canonical_test_cfg({"post_process": "dark"})


def test_two_losses_that_differ():
    cfg = copy.deepcopy(MMPOSE_029)
    cfg["loss_pose"] = {"type": "JointsMSELoss"}
    with pytest.raises(ValueError, match=r"loss_pose and .*loss_keypoint differ"):
        compat.canonical_model(cfg)


def coco(pipeline: list[str], **data_cfg) -> dict:
    steps = [{"type": name} for name in pipeline]
    return {"type": "TopDownCocoDataset", "data_cfg": data_cfg, "pipeline": steps}


def test_threshold_of_detections():
    assert compat.canonical_dataset(coco([], image_thr=0.3))["data_cfg"] == {"det_bbox_thr": 0.3}
    assert compat.canonical_dataset(coco([], det_bbox_thr=0.2))["data_cfg"] == {"det_bbox_thr": 0.2}


def test_thresholds_that_never_did_anything():
    assert compat.canonical_dataset(coco([], nms_thr=1.0, bbox_thr=1.0))["data_cfg"] == {}
    with pytest.warns(UserWarning, match=r"data_cfg\.nms_thr never had an effect"):
        compat.canonical_dataset(coco([], nms_thr=0.5))


def test_original_training_pipeline_jitters_its_boxes():
    cfg = compat.canonical_dataset(coco(["LoadImageFromFile", "TopDownRandomFlip"]))
    assert cfg["pipeline"][1] == compat.BOX_JITTER
    assert [step["type"] for step in cfg["pipeline"]][2] == "TopDownRandomFlip"
    assert compat.canonical_dataset(cfg) == cfg


@pytest.mark.parametrize("step", ["TopDownGetBboxCenterScale", "TopDownRandomShiftBboxCenter"])
def test_newer_training_pipeline_says_itself_how_boxes_move(step):
    cfg = coco(["LoadImageFromFile", step])
    assert compat.canonical_dataset(cfg)["pipeline"] == cfg["pipeline"]


def test_testing_never_jitters():
    cfg = coco(["LoadImageFromFile"])
    assert compat.canonical_dataset(cfg, test_mode=True)["pipeline"] == cfg["pipeline"]


def test_key_indicator():
    given = {"interval": 10, "metric": "mAP", "key_indicator": "AP"}
    assert compat.canonical_evaluation(given) == {
        "interval": 10,
        "metric": "mAP",
        "save_best": "AP",
    }
