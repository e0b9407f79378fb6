"""Hands of COCO-WholeBody, under mmpose's name for their data set."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models import build_dataset, build_posenet, load_config
from models.structures import HAND_21, box_to_center_scale
from tests.dialects import OURS, write_config

COLLECTED = ["image_file", "center", "scale", "rotation", "flip_pairs"]


def hand(side: str, valid: bool, box=(10.0, 20.0, 30.0, 24.0), visible: float = 1.0) -> dict:
    """With the x of keypoint i at 10 + i and its y at 20 + i, or all 0 where none is labelled."""
    points = np.stack([np.arange(21) + 10.0, np.arange(21) + 20.0, np.full(21, visible)], axis=1)
    points *= visible > 0
    return {
        f"{side}hand_valid": valid,
        f"{side}hand_box": list(box),
        f"{side}hand_kpts": points.ravel().tolist(),
    }


@pytest.fixture
def files(tmp_path):
    """An annotation file of two images, with three hands that count, and their images."""
    persons = [
        {**hand("left", True), **hand("right", True, (40, 10, 20, 20))},
        {**hand("left", False), **hand("right", True, visible=0)},
        {**hand("left", True), **hand("right", True), "iscrowd": 1},
        {**hand("left", True, (50, 50, 0, 9)), **hand("right", True, (5, 6, 40, 40), visible=0.5)},
    ]
    content = {
        "images": [{"id": i, "file_name": f"{i}.png", "width": 120, "height": 90} for i in (1, 2)],
        "annotations": [
            {"id": i, "image_id": image_id, "category_id": 1, **person}
            for i, (image_id, person) in enumerate(zip((2, 1, 1, 1), persons, strict=True))
        ],
    }
    for i in (1, 2):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((90, 120, 3), 40 * i, np.uint8))
    (tmp_path / "hands.json").write_text(json.dumps(content))
    return tmp_path


def section(files, **more) -> dict:
    return {
        "type": "HandCocoWholeBodyDataset",
        "ann_file": str(files / "hands.json"),
        "img_prefix": f"{files}/",
        "data_cfg": {"image_size": [64, 64], "heatmap_size": [16, 16]},
        "pipeline": [
            {"type": "LoadImageFromFile"},
            {"type": "TopDownGetBboxCenterScale", "padding": 1.25},
            {"type": "TopDownAffine"},
            {"type": "ToTensor"},
            {"type": "TopDownGenerateTarget", "sigma": 2},
            {
                "type": "Collect",
                "keys": ["img", "target", "target_weight"],
                "meta_keys": COLLECTED,
            },
        ],
        **more,
    }


@pytest.mark.parametrize("test_mode", [False, True])
def test_each_labelled_hand_is_a_sample(files, test_mode):
    dataset = build_dataset(section(files, test_mode=test_mode))
    assert [person["image_id"] for person in dataset.db] == [1, 2, 2]  # by image
    np.testing.assert_array_equal(dataset.db[2]["bbox"], [40, 10, 20, 20])
    center, scale = box_to_center_scale([40, 10, 20, 20], 1.0)
    np.testing.assert_array_equal(dataset.db[2]["center"], center)
    np.testing.assert_array_equal(dataset.db[2]["scale"], scale)
    np.testing.assert_array_equal(dataset.db[1]["joints_3d"][4], [14, 24, 0])
    np.testing.assert_array_equal(dataset.db[0]["joints_3d_visible"][4], [0.5, 0.5, 0])
    assert dataset[0]["target"].shape == (21, 16, 16)
    assert dataset.keypoints is HAND_21


def test_mistakes_are_named(files):
    content = json.loads((files / "hands.json").read_text())
    for change, message in (
        ({"lefthand_kpts": [1.0, 2.0, 1.0]}, "has 21 keypoints"),
        ({"lefthand_box": [1, float("nan"), 3, 4]}, "lefthand_valid to false"),
        ({"image_id": 7}, "image 7, which 'images' does not list"),
    ):
        broken = {**content["annotations"][0], **change}
        (files / "hands.json").write_text(json.dumps({**content, "annotations": [broken]}))
        with pytest.raises(ValueError, match=message):
            build_dataset(section(files))
    broken = {k: v for k, v in content["annotations"][0].items() if k != "righthand_valid"}
    (files / "hands.json").write_text(json.dumps({**content, "annotations": [broken]}))
    with pytest.raises(ValueError, match="use a file of COCO-WholeBody"):
        build_dataset(section(files))


def test_a_config_as_mmpose_spells_it(files):
    """Its head, its metrics and its data set are understood, and its network can be built."""
    cfg = load_config(OURS / "coco" / "litehrnet_18_coco_256x192.py")._cfg_dict.to_dict()
    loss = cfg["model"].pop("loss_pose")
    cfg["model"]["keypoint_head"] = {
        "type": "TopdownHeatmapSimpleHead",
        "in_channels": 40,
        "out_channels": 21,
        "num_deconv_layers": 0,
        "extra": {"final_conv_kernel": 1},
        "loss_keypoint": loss,
    }
    for split in ("train", "val", "test"):
        cfg["data"][split] = section(files)
    cfg["evaluation"] = {"interval": 10, "metric": ["PCK", "AUC", "EPE"], "save_best": "AUC"}
    loaded = load_config(write_config(cfg, files / "hand.json"))
    assert build_posenet(loaded.model).keypoint_head.out_channels == 21
    assert len(build_dataset(loaded.data.train)) == 3
