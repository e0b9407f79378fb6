"""`data_cfg`: what follows from what, and what cannot be."""

import numpy as np
import pytest

from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.structures import COCO_17


def read(stride=4, **changes):
    return read_data_cfg({"image_size": [192, 256], **changes}, COCO_17, stride)


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


@pytest.mark.parametrize(("stride", "size"), [(4, [72, 96]), (8, [36, 48]), (2, [144, 192])])
def test_heatmap_follows_from_the_stride(stride, size):
    found = read(stride, image_size=np.array([288, 384]))["heatmap_size"]
    np.testing.assert_array_equal(found, size)


def test_without_a_network_the_config_says_the_heatmap():
    assert read(stride=None)["heatmap_size"] is None
    np.testing.assert_array_equal(
        read(stride=None, heatmap_size=[24, 32])["heatmap_size"], [24, 32]
    )


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ([0, 256], "must be above 0"),
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
