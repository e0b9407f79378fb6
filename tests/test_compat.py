"""Both older dialects of configs mean what they meant."""

from __future__ import annotations

import copy

import pytest

from models import compat

LOSS = {"type": "JointsMSELoss", "use_target_weight": True}
ORIGINAL = {
    "type": "TopDown",
    "backbone": {"type": "LiteHRNet"},
    "keypoint_head": {"type": "TopDownSimpleHead", "in_channels": 40, "out_channels": 17},
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


def test_best_score_left_to_the_data_set():
    for save_best in (None, True, "auto"):
        assert compat.canonical_evaluation({"interval": 2, "save_best": save_best}) == {
            "interval": 2
        }
    with pytest.raises(ValueError, match="save_best='AP' and key_indicator='AR' differ"):
        compat.canonical_evaluation({"save_best": "AP", "key_indicator": "AR"})


def test_whole_config():
    given = {
        "model": MMPOSE_029,
        "data": {
            "samples_per_gpu": 2,
            **{split: coco(["LoadImageFromFile"], image_thr=0.1) for split in ("train", "val")},
        },
        "evaluation": {"key_indicator": "AP"},
        "custom_hooks_config": [{"type": "EMAHook"}],
        "total_epochs": 3,
    }
    before = copy.deepcopy(given)
    once = compat.canonical_config(given)
    assert given == before
    assert compat.canonical_config(once) == once
    assert once["model"] == compat.canonical_model(MMPOSE_029)
    assert once["data"]["train"]["pipeline"][1] == compat.BOX_JITTER
    assert len(once["data"]["val"]["pipeline"]) == 1  # is never jittered
    assert once["data"]["val"]["data_cfg"] == {"det_bbox_thr": 0.1}
    assert once["data"]["samples_per_gpu"] == 2
    assert once["evaluation"] == {"save_best": "AP"}
    assert once["custom_hooks"] == [{"type": "EMAHook"}]
    assert "custom_hooks_config" not in once
    with pytest.raises(ValueError, match="custom_hooks and custom_hooks_config differ"):
        compat.canonical_config({**given, "custom_hooks": []})
