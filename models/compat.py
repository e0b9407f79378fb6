"""Older spellings of a config, translated once, here, so that nothing else has to know them.

Two dialects run unchanged: the original Lite-HRNet's configs (2021, mmpose 0.13) and those of
mmpose 0.29. Every function returns a new dict in the canonical spelling and leaves its input as
it was; a canonical dict comes back equal.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from typing import Any

#: older type name → ours, for any section of a config
TYPE_ALIASES = {
    "TopdownHeatmapSimpleHead": "TopDownSimpleHead",
    "TopDownHeatMapSimpleHead": "TopDownSimpleHead",
}

#: what `post_process` may be → the canonical word
POST_PROCESS = {
    True: "default",
    False: "none",
    None: "none",
    "none": "none",
    "default": "default",
    "unbiased": "unbiased",
    "megvii": "megvii",
}

#: steps that say the pipeline takes care of the box jitter itself
_OWN_BOX_STEPS = {"TopDownGetBboxCenterScale", "TopDownRandomShiftBboxCenter"}

#: the original's jitter of ground-truth boxes: p 0.3, ±0.2 of the box's own width and height
BOX_JITTER = {
    "type": "TopDownRandomShiftBboxCenter",
    "shift_factor": 0.2,
    "prob": 0.3,
    "relative_to": "box",
}


def canonical_model(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A config's `model` section: head and loss where we look for them, one word for decoding.

    Raises:
        ValueError: the loss is given twice and differs, or `post_process` is unknown.
    """
    cfg = _plain(cfg)
    head = cfg.get("keypoint_head")
    if head is not None:
        if head.get("type") in TYPE_ALIASES:
            head["type"] = TYPE_ALIASES[head["type"]]
            head.setdefault("num_deconv_layers", 3)  # mmpose's default; ours is none
        for key in ("train_cfg", "test_cfg"):  # the same object as the model's, in mmpose 0.29
            head.pop(key, None)
        loss = head.pop("loss_keypoint", None)
        if loss is not None:
            if cfg.get("loss_pose") not in (None, loss):
                raise ValueError(
                    "model.loss_pose and model.keypoint_head.loss_keypoint differ; give one of them"
                )
            cfg["loss_pose"] = loss
    cfg["test_cfg"] = canonical_test_cfg(cfg.get("test_cfg") or {})
    return cfg


def canonical_test_cfg(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """`model.test_cfg` with `post_process` as one of none, default, unbiased, megvii.

    Raises:
        ValueError: `post_process` is none of the known spellings.
    """
    cfg = _plain(cfg)
    mode = cfg.get("post_process", "default")
    if not isinstance(mode, (bool, str, type(None))) or mode not in POST_PROCESS:
        raise ValueError(
            f"test_cfg.post_process={mode!r} is unknown; use 'none', 'default' (quarter pixel), "
            "'unbiased' (DARK) or 'megvii'"
        )
    cfg["post_process"] = POST_PROCESS[mode]
    if cfg.pop("unbiased_decoding", False):
        cfg["post_process"] = "unbiased"
    if str(cfg.get("target_type", "")).lower() == "gaussianheatmap":
        del cfg["target_type"]  # the only kind there is, so it says nothing
    return cfg


def canonical_dataset(cfg: Mapping[str, Any], test_mode: bool = False) -> dict[str, Any]:
    """One section of a config's `data`: threshold names, and the box jitter made explicit.

    Args:
        cfg: the section.
        test_mode: whether it is a validation or test set; those are never jittered.
    """
    cfg = _plain(cfg)
    cfg["type"] = TYPE_ALIASES.get(cfg.get("type"), cfg.get("type"))
    data_cfg = cfg.get("data_cfg")
    if isinstance(data_cfg, dict):
        if "image_thr" in data_cfg:
            data_cfg.setdefault("det_bbox_thr", data_cfg["image_thr"])
            del data_cfg["image_thr"]
        for key in ("nms_thr", "bbox_thr"):
            if data_cfg.pop(key, 1.0) != 1.0:
                warnings.warn(f"data_cfg.{key} never had an effect and has none here", stacklevel=2)
    pipeline = cfg.get("pipeline")
    if cfg["type"] == "TopDownCocoDataset" and pipeline and not test_mode:
        names = [step.get("type") for step in pipeline]
        if not _OWN_BOX_STEPS.intersection(names):
            pipeline.insert(_after_loading(names), dict(BOX_JITTER))
    return cfg


def canonical_evaluation(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A config's `evaluation` section: `key_indicator` is mmcv's `save_best`."""
    cfg = _plain(cfg)
    if "key_indicator" in cfg:
        indicator = cfg.pop("key_indicator")
        if cfg.get("save_best") in (None, True):
            cfg["save_best"] = indicator
    return cfg


def _after_loading(names: list[str]) -> int:
    return names.index("LoadImageFromFile") + 1 if "LoadImageFromFile" in names else 0


def _plain(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy in plain dicts: mmcv's ConfigDict invents keys that are read but not there."""
    return _to_builtin(copy.deepcopy(dict(cfg)))


def _to_builtin(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _to_builtin(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_to_builtin(item) for item in value)
    return value
