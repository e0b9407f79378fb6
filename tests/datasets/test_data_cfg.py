"""`data_cfg`: what follows from what, and what cannot be."""

import numpy as np
import pytest

from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.structures import COCO_17


def read(**changes):
    return read_data_cfg({"image_size": [192, 256], **changes}, COCO_17)


def test_published_section_is_taken():
    cfg = read(
        heatmap_size=[48, 64],
        num_output_channels=17,
        num_joints=17,
        dataset_channel=[list(range(17))],
        inference_channel=list(range(17)),
        soft_nms=False,
        oks_thr=0.9,
        vis_thr=0.2,
        use_gt_bbox=False,
        det_bbox_thr=0.0,
        bbox_file="boxes.json",
    )
    assert cfg["use_gt_bbox"] is False
    assert cfg["bbox_file"] == "boxes.json"


def test_heatmap_is_a_quarter_of_the_image():
    np.testing.assert_array_equal(read(image_size=np.array([288, 384]))["heatmap_size"], [72, 96])


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ([250, 256], "width 250 is no multiple of 32; use 256"),
        ([192, 270], "height 270 is no multiple of 32; use 256"),
        ([0, 256], "width 0 is no multiple of 32; use 32"),
        (256, "two whole numbers"),
        ([192.5, 256], "two whole numbers"),
    ],
)
def test_impossible_image_size(size, message):
    with pytest.raises(ValueError, match=message):
        read(image_size=size)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"heatmap_size": [64, 48]}, r"heatmap_size \[64, 48\].*\[48, 64\]"),
        ({"num_joints": 16}, "num_joints is 16, but 'coco' has 17"),
        ({"num_output_channels": 18}, "num_output_channels is 18"),
        ({"inference_channel": [0, 1]}, "inference_channel must list all joints"),
        ({"dataset_channel": [[1, 0, *range(2, 17)]]}, "dataset_channel must list all joints"),
        ({"sigma": 0}, "sigma"),
        ({"oks_thr": 0}, "oks_thr 0 must be above 0"),
        ({"evaluator": "pycocotools"}, "evaluator 'pycocotools' must be one of vectorized, xtco"),
    ],
)
def test_contradictions(changes, message):
    with pytest.raises(ValueError, match=message):
        read(**changes)


def test_unknown_key_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'bbox_file'"):
        read(bbox_fil="boxes.json")


def test_image_size_is_required():
    with pytest.raises(KeyError, match="image_size"):
        read_data_cfg({"num_joints": 17}, COCO_17)


def test_facts_that_samples_share():
    info = shared_facts(read(sigma=3), COCO_17)
    assert info["sigma"] == 3
    assert info["flip_pairs"][0] == [1, 2]
    assert info["flip_index"][:3] == [0, 2, 1]
    assert info["upper_body_ids"] == list(range(11))
    assert info["lower_body_ids"] == list(range(11, 17))
    assert info["joint_weights"].shape == (17, 1)
    assert info["inference_channel"] == list(range(17))
    assert info["use_different_joint_weights"] is False
