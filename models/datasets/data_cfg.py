"""`data_cfg`, the section that says how a data set is cropped, filtered and scored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from models.evaluation import EVALUATORS
from models.runtime.names import check_keys
from models.structures import KeypointSet

#: every key that is read, with its default; None in the first group means "follows from the rest"
DEFAULTS: dict[str, Any] = {
    "image_size": None,  # (w, h) of the network's input; required
    "heatmap_size": None,  # (w, h): image_size / the network's stride
    "num_joints": None,  # K; these four can only repeat what the joints say
    "num_output_channels": None,
    "dataset_channel": None,
    "inference_channel": None,
    "sigma": 2.0,  # of the targets, in heatmap cells
    "use_different_joint_weights": False,
    "use_gt_bbox": True,  # test with labelled boxes rather than those of bbox_file
    "bbox_file": None,  # a detector's boxes
    "det_bbox_thr": 0.0,  # the least score of a detected box
    "vis_thr": 0.2,  # joint score that counts in a pose's score
    "oks_thr": 0.9,  # poses more alike than this are doubles
    "use_nms": True,
    "soft_nms": False,
    "evaluator": EVALUATORS[0],  # or 'xtcocotools': the same numbers, by the published program
}


def read_data_cfg(
    data_cfg: Mapping[str, Any], keypoints: KeypointSet, stride: int | None = None
) -> dict[str, Any]:
    """Check `data_cfg` and fill in defaults; every key of `DEFAULTS` is in the answer.

    Args:
        data_cfg: as a config gives it.
        keypoints: the data set's joints.
        stride: crop pixels per heatmap pixel, as the network says it; None where there is none,
            and then `heatmap_size` is None unless it is given.

    Raises:
        KeyError: `image_size` is missing, or a key is unknown; names the nearest.
        ValueError: a size, a threshold or a number of joints that cannot be.
    """
    check_keys(data_cfg, DEFAULTS, "data_cfg")
    if data_cfg.get("image_size") is None:
        raise KeyError("data_cfg has no 'image_size'; give the network's input as [w, h]")
    cfg = {**DEFAULTS, **data_cfg}
    cfg["image_size"] = _size(cfg["image_size"], "image_size")
    if cfg["heatmap_size"] is not None:
        cfg["heatmap_size"] = _size(cfg["heatmap_size"], "heatmap_size")
    if stride is not None:
        expected = cfg["image_size"] // stride
        if cfg["heatmap_size"] is not None and (cfg["heatmap_size"] != expected).any():
            raise ValueError(
                f"data_cfg.heatmap_size {cfg['heatmap_size'].tolist()} must be image_size / "
                f"{stride} = {expected.tolist()}, as the network has it; it may be left out"
            )
        cfg["heatmap_size"] = expected
    if cfg["evaluator"] not in EVALUATORS:
        known = ", ".join(EVALUATORS)
        raise ValueError(f"data_cfg.evaluator {cfg['evaluator']!r} must be one of {known}")
    _check_joints(cfg, keypoints)
    if not 0 < cfg["oks_thr"] <= 1:
        raise ValueError(
            f"data_cfg.oks_thr {cfg['oks_thr']} must be above 0 and at most 1; published is 0.9"
        )
    if not cfg["sigma"] > 0:
        raise ValueError(f"data_cfg.sigma {cfg['sigma']} must be above 0; published is 2")
    return cfg


def shared_facts(cfg: Mapping[str, Any], keypoints: KeypointSet) -> dict[str, Any]:
    """`ann_info`, what every sample of a data set tells its pipeline.

    Args:
        cfg: from `read_data_cfg`.
        keypoints: the data set's joints.
    """
    joints = keypoints.num_joints
    return {
        "image_size": cfg["image_size"],
        "heatmap_size": cfg["heatmap_size"],
        "sigma": float(cfg["sigma"]),
        "num_joints": joints,
        "num_output_channels": joints,
        "dataset_channel": [list(range(joints))],
        "inference_channel": list(range(joints)),
        "flip_pairs": [list(pair) for pair in keypoints.flip_pairs],
        "flip_index": keypoints.flip_index.tolist(),
        "upper_body_ids": list(keypoints.upper_body),
        "lower_body_ids": list(keypoints.lower_body),
        "joint_weights": keypoints.joint_weights.reshape(joints, 1),
        "use_different_joint_weights": bool(cfg["use_different_joint_weights"]),
    }


def _size(value: Any, key: str) -> np.ndarray:
    size = np.asarray(value)
    if size.shape != (2,) or not np.issubdtype(size.dtype, np.number) or (size % 1).any():
        raise ValueError(f"data_cfg.{key} must be two whole numbers [w, h], not {value!r}")
    if not (size > 0).all():
        raise ValueError(f"data_cfg.{key} {value!r} must be above 0, both width and height")
    return size.astype(np.int64)


def _check_joints(cfg: Mapping[str, Any], keypoints: KeypointSet) -> None:
    joints = keypoints.num_joints
    for key in ("num_joints", "num_output_channels"):
        if cfg[key] not in (None, joints):
            raise ValueError(
                f"data_cfg.{key} is {cfg[key]}, but '{keypoints.name}' has {joints} joints; "
                "correct it, or describe the joints in dataset_info"
            )
    for key in ("dataset_channel", "inference_channel"):
        if cfg[key] is not None and list(np.ravel(cfg[key])) != list(range(joints)):
            raise ValueError(
                f"data_cfg.{key} must list all joints 0 … {joints - 1} in order; to use a part "
                "of them, describe that part in dataset_info"
            )
