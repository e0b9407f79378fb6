"""Both older dialects of configs mean what they meant."""

from __future__ import annotations

import copy

import pytest

from models import compat
from models.codecs import build_codec

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


DARK = {"type": "MSRAHeatmap", "refine": "dark", "blur_kernel": 11}
COMBINED = {"type": "UDPHeatmap", "heatmap_type": "combined"}


@pytest.mark.parametrize(
    ("test_cfg", "codec"),
    [
        ({}, {"type": "MSRAHeatmap", "refine": "quarter", "blur_kernel": 11}),
        (
            {"post_process": True, "modulate_kernel": 17},
            {**DARK, "refine": "quarter", "blur_kernel": 17},
        ),
        ({"post_process": False}, {**DARK, "refine": "none"}),
        ({"post_process": None}, {**DARK, "refine": "none"}),
        ({"post_process": "unbiased"}, DARK),
        ({"post_process": "default", "unbiased_decoding": True}, DARK),
        ({"post_process": True, "unbiased_decoding": True}, DARK),
        (
            {"post_process": "megvii", "modulate_kernel": 5},
            {"type": "MegviiHeatmap", "blur_kernel": 5},
        ),
        *(
            (
                {"use_udp": True, "post_process": mode, "target_type": "GaussianHeatMap"},
                {"type": "UDPHeatmap", "heatmap_type": "gaussian", "blur_kernel": 11},
            )
            for mode in (None, "default", "unbiased")
        ),
        (
            {"use_udp": True, "target_type": "CombinedTarget", "modulate_kernel": 17},
            {**COMBINED, "radius_factor": 0.0546875, "blur_kernel": 17},
        ),
        (
            {"use_udp": True, "target_type": "combinedtarget", "valid_radius_factor": 0.1},
            {**COMBINED, "radius_factor": 0.1, "blur_kernel": 11},
        ),
        ({"flip_test": True, "shift_heatmap": True, "post_process": "unbiased"}, DARK),
    ],
)
def test_codec_of_a_test_cfg(test_cfg, codec):
    before = copy.deepcopy(test_cfg)
    assert compat.codec_of_test_cfg(test_cfg) == codec
    assert compat.codec_of_model({"test_cfg": test_cfg}) == codec
    assert test_cfg == before
    build_codec(codec)


@pytest.mark.parametrize(
    ("test_cfg", "named"),
    [
        ({"post_process": "dark"}, "'dark' is unknown"),
        ({"use_udp": True, "post_process": "megvii"}, "does not go with use_udp=True"),
        ({"target_type": "CombinedTarget"}, "set use_udp=True"),
        ({"use_udp": True, "target_type": "offsets"}, "'GaussianHeatmap' or 'CombinedTarget'"),
    ],
)
def test_decoding_that_cannot_be(test_cfg, named):
    with pytest.raises(ValueError, match=named):
        compat.codec_of_test_cfg(test_cfg)


@pytest.mark.parametrize(
    ("step", "codec"),
    [
        ({}, {"type": "MSRAHeatmap", "unbiased": False}),
        (
            {"sigma": 3, "type": "TopDownGenerateTarget"},
            {"type": "MSRAHeatmap", "unbiased": False, "sigma": 3},
        ),
        (
            {"encoding": "MSRA", "unbiased_encoding": True},
            {"type": "MSRAHeatmap", "unbiased": True},
        ),
        ({"encoding": "Megvii", "kernel": (7, 9)}, {"type": "MegviiHeatmap", "kernel": [7, 9]}),
        (
            {"encoding": "UDP", "sigma": 2},
            {"type": "UDPHeatmap", "heatmap_type": "gaussian", "sigma": 2},
        ),
        (
            {"encoding": "UDP", "target_type": "CombinedTarget", "sigma": 2},
            {**COMBINED, "radius_factor": 0.0546875},
        ),
        (
            {"encoding": "UDP", "target_type": "combinedtarget", "valid_radius_factor": 0.1},
            {**COMBINED, "radius_factor": 0.1},
        ),
        ({"codec": DARK}, DARK),
    ],
)
def test_codec_of_a_target_step(step, codec):
    before = copy.deepcopy(step)
    assert compat.codec_of_target_step(step) == codec
    assert step == before
    build_codec(codec)


def test_sigma_of_the_data_set_stands_in_for_the_steps():
    of = compat.codec_of_target_step
    assert of({}, {"sigma": 3})["sigma"] == 3
    assert of({"encoding": "UDP"}, {"sigma": 3})["sigma"] == 3
    assert of({"sigma": 2}, {"sigma": 3})["sigma"] == 2
    for none in ({"encoding": "Megvii"}, {"encoding": "UDP", "target_type": "CombinedTarget"}):
        assert "sigma" not in of(none, {"sigma": 3})
    assert "sigma" not in of({}, {})


@pytest.mark.parametrize(
    ("step", "named"),
    [
        ({"encoding": "msra"}, "use 'MSRA', 'Megvii' or 'UDP'"),
        ({"encoding": "UDP", "unbiased_encoding": True}, "leave it out with 'UDP'"),
        ({"target_type": "CombinedTarget"}, "use encoding='UDP', not 'MSRA'"),
        ({"encoding": "UDP", "target_type": "offsets"}, "'GaussianHeatmap' or 'CombinedTarget'"),
        ({"codec": DARK, "sigma": 2}, "a codec and sigma"),
    ],
)
def test_targets_that_cannot_be(step, named):
    with pytest.raises(ValueError, match=named):
        compat.codec_of_target_step(step)


def test_codec_beside_a_test_cfg():
    """What a base brought and says nothing goes; what asks for another decoding is an error."""
    views = {"flip_test": True, "average_clips": "score"}
    base = {"post_process": True, "modulate_kernel": 11, "target_type": "GaussianHeatmap"}
    model = {"type": "TopDown", "codec": COMBINED, "test_cfg": {**views, **base}}
    ours = compat.canonical_model(model)
    assert (ours["codec"], ours["test_cfg"]) == (COMBINED, views)
    assert compat.canonical_model(ours) == ours
    assert compat.codec_of_model(model) == COMBINED
    for key, value in {"post_process": "unbiased", "use_udp": True, "modulate_kernel": 17}.items():
        model["test_cfg"] = {**base, key: value}
        with pytest.raises(ValueError, match=rf"test_cfg\.{key}=.* and model\.codec both say"):
            compat.canonical_model(model)
    model["test_cfg"] = {"unbiased_decoding": True}
    with pytest.raises(ValueError, match="post_process='unbiased'"):
        compat.codec_of_model(model)
