"""mmpose 0.29, which stands for the original: the same network, pipeline and loops.

The original Lite-HRNet was built on mmpose; 0.29 is the last release that carries it. This file is
used in a process whose interpreter has mmpose, and nowhere else. Its configs are written here, in
mmpose's terms.

Source: github.com/open-mmlab/mmpose, branch 0.x.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mmcv
import torch
from torch import nn

# mmpose 0.29 refuses mmcv 1.7.1 and later, of which it needs nothing else.
mmcv.__version__ = "1.7.0"

_MEAN, _STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def peer_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """A config's `model` in mmpose's terms: another type of head, which owns the loss."""
    head = {**model["keypoint_head"], "type": "TopdownHeatmapSimpleHead"}
    head["loss_keypoint"] = dict(model["loss_pose"])
    head.setdefault("in_channels", _channels(model["backbone"]))
    return {
        "type": "TopDown",
        "pretrained": None,
        "backbone": dict(model["backbone"]),
        "keypoint_head": head,
        "train_cfg": {},
        "test_cfg": dict(model["test_cfg"]),
    }


def _channels(backbone: Mapping[str, Any]) -> int:
    """What the backbone emits: the widest of its highest-resolution branches."""
    return backbone["extra"]["stages_spec"]["num_channels"][-1][0]


def build_network(options: Mapping[str, Any]) -> nn.Module:
    """mmpose's network with the weights that all sides have, strictly, in eval mode."""
    from mmpose.models import build_posenet

    network = build_posenet(peer_model(options["model"]))
    network.load_state_dict(torch.load(options["weights"], weights_only=True), strict=True)
    return network.eval().to(options["device"])


def build_dataset(options: Mapping[str, Any], steps: list[dict[str, Any]], test: bool) -> Any:
    """mmpose's COCO data set over the run's pictures.

    Args:
        options: `pictures` (annotations, folder, detections), `size`, `joints`, `sigma`.
        steps: the pipeline.
        test: whether persons are those of the detections.
    """
    import mmpose
    from mmpose.datasets import build_dataset as build

    pictures, (width, height) = options["pictures"], options["size"]
    joints = list(range(options["joints"]))
    info = Path(mmpose.__file__).parent / ".mim/configs/_base_/datasets/coco.py"
    config = {
        "type": "TopDownCocoDataset",
        "ann_file": pictures["annotations"],
        "img_prefix": pictures["folder"] + "/",
        "pipeline": steps,
        "dataset_info": mmcv.Config.fromfile(str(info)).dataset_info,
        "test_mode": test,
        "data_cfg": {
            "image_size": [width, height],
            "heatmap_size": [width // 4, height // 4],
            "num_output_channels": len(joints),
            "num_joints": len(joints),
            "dataset_channel": [joints],
            "inference_channel": joints,
            "soft_nms": False,
            "nms_thr": 1.0,
            "oks_thr": 0.9,
            "vis_thr": 0.2,
            "use_gt_bbox": False,
            "det_bbox_thr": 0.0,
            "bbox_file": pictures["detections"],
        },
    }
    return build(config)


def decoder() -> Callable[..., Any]:
    """mmpose's heatmaps → points in the image."""
    from mmpose.core.evaluation import keypoints_from_heatmaps

    return keypoints_from_heatmaps


def test_loop() -> Callable[..., Any]:
    """mmpose's loop over a loader, on one device."""
    from mmpose.apis import single_gpu_test

    return single_gpu_test


def train_pipeline(sigma: float) -> list[dict[str, Any]]:
    """The published augmentation of COCO."""
    return [
        {"type": "LoadImageFromFile"},
        {"type": "TopDownGetBboxCenterScale", "padding": 1.25},
        {"type": "TopDownRandomShiftBboxCenter", "shift_factor": 0.16, "prob": 0.3},
        {"type": "TopDownRandomFlip", "flip_prob": 0.5},
        {"type": "TopDownHalfBodyTransform", "num_joints_half_body": 8, "prob_half_body": 0.3},
        {"type": "TopDownGetRandomScaleRotation", "rot_factor": 30, "scale_factor": 0.25},
        *plain_pipeline(sigma)[1:],
    ]


def plain_pipeline(sigma: float) -> list[dict[str, Any]]:
    """`train_pipeline` without its random steps, of persons that have `center` and `scale`."""
    keys = ["image_file", "joints_3d", "joints_3d_visible", "center", "scale", "rotation"]
    return [
        {"type": "LoadImageFromFile"},
        {"type": "TopDownAffine"},
        {"type": "ToTensor"},
        {"type": "NormalizeTensor", "mean": _MEAN, "std": _STD},
        {"type": "TopDownGenerateTarget", "sigma": sigma},
        {
            "type": "Collect",
            "keys": ["img", "target", "target_weight"],
            "meta_keys": [*keys, "bbox_score", "flip_pairs"],
        },
    ]


def test_pipeline() -> list[dict[str, Any]]:
    """From a box to the network's input."""
    keys = ["image_file", "center", "scale", "rotation", "bbox_score", "bbox_id", "flip_pairs"]
    return [
        {"type": "LoadImageFromFile"},
        {"type": "TopDownGetBboxCenterScale", "padding": 1.25},
        {"type": "TopDownAffine"},
        {"type": "ToTensor"},
        {"type": "NormalizeTensor", "mean": _MEAN, "std": _STD},
        {"type": "Collect", "keys": ["img"], "meta_keys": keys},
    ]
