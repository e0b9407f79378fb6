"""Older spellings of a config, translated once, here, so that nothing else has to know them.

Two dialects run unchanged: the original Lite-HRNet's configs (2021, mmpose 0.13) and those of
mmpose 0.29. Every function returns a new dict in the canonical spelling and leaves its input as
it was; a canonical dict comes back equal.

`load_config` translates what it reads with `canonical_config`, and who takes a whole config from a
caller does so too: tools, engine, export and inference see the canonical spelling only.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping, MutableMapping
from typing import Any, TypeVar

ConfigT = TypeVar("ConfigT", bound=MutableMapping[str, Any])

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


def canonical_config(cfg: ConfigT) -> ConfigT:
    """A whole config with `data`, `evaluation`, hooks and the `model` of a pose network translated.

    Args:
        cfg: mmcv's `Config`, or a dict.

    Raises:
        ValueError: two spellings of one thing differ, or a value is unknown.
    """
    cfg = copy.deepcopy(cfg)
    if isinstance(cfg.get("model"), Mapping) and "keypoint_head" in cfg["model"]:
        cfg["model"] = canonical_model(cfg["model"])
    if isinstance(cfg.get("data"), Mapping):
        cfg["data"] = {
            key: canonical_dataset(section, test_mode=key != "train")
            if key in ("train", "val", "test") and isinstance(section, Mapping)
            else section
            for key, section in cfg["data"].items()
        }
    if isinstance(cfg.get("evaluation"), Mapping):
        cfg["evaluation"] = canonical_evaluation(cfg["evaluation"])
    if "custom_hooks_config" in cfg:
        hooks = cfg.pop("custom_hooks_config")
        if cfg.get("custom_hooks") not in (None, hooks):
            raise ValueError("custom_hooks and custom_hooks_config differ; give custom_hooks only")
        cfg["custom_hooks"] = hooks
    return cfg


def canonical_model(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A config's `model` section: head and loss where we look for them, one word for decoding.

    Where the section has a `codec`, `test_cfg` keeps no key that says how heatmaps are decoded.

    Raises:
        ValueError: the loss or the decoding is given twice and differs, or `post_process` is
            unknown.
    """
    cfg = _plain(cfg)
    head = cfg.get("keypoint_head")
    if head is not None:
        if isinstance(head.get("type"), str) and head["type"] in TYPE_ALIASES:
            _rename_type(head)
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
    if cfg.get("codec"):
        cfg["codec"] = codec_of_model(cfg)
        cfg["test_cfg"] = views_of_test_cfg(cfg.get("test_cfg") or {})
    else:
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
    _rename_type(cfg)
    data_cfg = cfg.get("data_cfg")
    if isinstance(data_cfg, dict):
        if "image_thr" in data_cfg:
            data_cfg.setdefault("det_bbox_thr", data_cfg["image_thr"])
            del data_cfg["image_thr"]
        for key in ("nms_thr", "bbox_thr"):
            if data_cfg.pop(key, 1.0) != 1.0:
                warnings.warn(f"data_cfg.{key} never had an effect and has none here", stacklevel=2)
    pipeline = cfg.get("pipeline")
    if cfg.get("type") == "TopDownCocoDataset" and pipeline and not test_mode:
        names = [step.get("type") for step in pipeline]
        if not _OWN_BOX_STEPS.intersection(names):
            pipeline.insert(_after_loading(names), dict(BOX_JITTER))
    return cfg


def canonical_evaluation(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """A config's `evaluation` section.

    `key_indicator` is mmcv's `save_best`; where that is 'auto', True or None, as where it is left
    out, the data set's main score is meant.

    Raises:
        ValueError: the two name different scores.
    """
    cfg = _plain(cfg)
    asked = [cfg.pop(key, None) for key in ("save_best", "key_indicator")]
    names = [name for name in asked if name not in (None, True, "auto")]
    if len(names) == 2 and names[0] != names[1]:
        raise ValueError(
            f"evaluation.save_best={names[0]!r} and key_indicator={names[1]!r} differ; give "
            "save_best only"
        )
    return {**cfg, "save_best": names[0]} if names else cfg


def _rename_type(section: dict[str, Any]) -> None:
    kind = section.get("type")
    if isinstance(kind, str):
        section["type"] = TYPE_ALIASES.get(kind, kind)


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


#: what mmpose 0.x's `test_cfg` says of the decoding → what is meant where it says nothing
DECODING = {
    "post_process": "default",
    "unbiased_decoding": False,
    "modulate_kernel": 11,
    "use_udp": False,
    "target_type": "GaussianHeatmap",
    "valid_radius_factor": 0.0546875,
}

#: `post_process` → how the MSRA codec refines a peak
_REFINE = {"none": "none", "default": "quarter", "unbiased": "dark"}


def views_of_test_cfg(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """`test_cfg` without the keys of `DECODING`: which views are predicted, and how averaged."""
    return {key: value for key, value in _plain(cfg).items() if key not in DECODING}


def codec_of_model(cfg: Mapping[str, Any]) -> dict[str, Any]:
    """The codec that a `model` section's heatmaps are decoded by.

    Args:
        cfg: its `codec` is taken; where it has none, what its `test_cfg` spells.

    Returns:
        A config for `models.codecs.build_codec`.

    Raises:
        ValueError: the section says it twice, or `test_cfg` says what cannot be.
    """
    test_cfg = cfg.get("test_cfg") or {}
    if not cfg.get("codec"):
        return codec_of_test_cfg(test_cfg)
    # A key that says what is meant without it says nothing: the config's base may have brought it.
    spelled = canonical_test_cfg(test_cfg)
    for key, value in spelled.items():
        if key in DECODING and value != DECODING[key]:
            raise ValueError(
                f"model.test_cfg.{key}={value!r} and model.codec both say how heatmaps are "
                f"decoded; set it in model.codec and take the key out (or set it to "
                f"{DECODING[key]!r})"
            )
    return _plain(cfg["codec"])


def codec_of_test_cfg(test_cfg: Mapping[str, Any]) -> dict[str, Any]:
    """The codec that mmpose 0.x's `test_cfg` spells.

    It has no sigma: decoding needs none, and `test_cfg` does not say it.

    Args:
        test_cfg: `post_process`, `modulate_kernel` … are read, in any known spelling; keys that
            are not in `DECODING` are left alone.

    Returns:
        A config for `models.codecs.build_codec`.

    Raises:
        ValueError: settings that are unknown or do not go together.
    """
    cfg = {**DECODING, **canonical_test_cfg(test_cfg)}
    kernel, mode = cfg["modulate_kernel"], cfg["post_process"]
    combined = _is_combined(cfg["target_type"], "test_cfg")
    if cfg["use_udp"]:
        if mode == "megvii":
            raise ValueError(
                "test_cfg.post_process 'megvii' does not go with use_udp=True; use 'default'"
            )
        return _udp(combined, cfg["valid_radius_factor"], blur_kernel=kernel)
    if combined:
        raise ValueError(
            "test_cfg.target_type 'CombinedTarget' is a form of UDP; set use_udp=True, or take it "
            "out"
        )
    if mode == "megvii":
        return {"type": "MegviiHeatmap", "blur_kernel": kernel}
    return {"type": "MSRAHeatmap", "refine": _REFINE[mode], "blur_kernel": kernel}


def codec_of_target_step(
    step: Mapping[str, Any], data_cfg: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The codec that a `TopDownGenerateTarget` of a pipeline encodes by.

    Args:
        step: its `codec`, or mmpose 0.x's `encoding`, `sigma`, `kernel`, `unbiased_encoding`,
            `target_type` and `valid_radius_factor`.
        data_cfg: of the data set; its `sigma` is taken where the step names none. Without it the
            sigma stays open.

    Returns:
        A config for `models.codecs.build_codec`.

    Raises:
        ValueError: settings that are unknown or do not go together.
    """
    step = _plain(step)
    if step.get("codec"):
        beside = sorted(set(step) - {"type", "codec"})
        if beside:
            raise ValueError(
                f"the target step has a codec and {', '.join(beside)}; the codec alone says how "
                "targets are made: set it there"
            )
        return step["codec"]
    encoding = step.get("encoding", "MSRA")
    if encoding not in ("MSRA", "Megvii", "UDP"):
        raise ValueError(f"encoding '{encoding}' is unknown; use 'MSRA', 'Megvii' or 'UDP'")
    unbiased = bool(step.get("unbiased_encoding", False))
    if unbiased and encoding != "MSRA":
        raise ValueError(f"unbiased_encoding is a variant of MSRA; leave it out with '{encoding}'")
    combined = _is_combined(step.get("target_type", DECODING["target_type"]), "the target step")
    if combined and encoding != "UDP":
        raise ValueError(
            f"target_type 'CombinedTarget' is a form of UDP; use encoding='UDP', not '{encoding}'"
        )
    if encoding == "Megvii":
        return {"type": "MegviiHeatmap", "kernel": list(step.get("kernel", (11, 11)))}
    sigma = step.get("sigma")
    if sigma is None and data_cfg is not None:
        sigma = data_cfg.get("sigma")
    known = {} if sigma is None else {"sigma": sigma}
    if encoding == "MSRA":
        return {"type": "MSRAHeatmap", "unbiased": unbiased, **known}
    factor = step.get("valid_radius_factor", DECODING["valid_radius_factor"])
    return _udp(combined, factor, **({} if combined else known))


def _udp(combined: bool, radius_factor: float, **more: Any) -> dict[str, Any]:
    if combined:
        more["radius_factor"] = radius_factor
    kind = "combined" if combined else "gaussian"
    return {"type": "UDPHeatmap", "heatmap_type": kind, **more}


def _is_combined(target_type: str, where: str) -> bool:
    kind = str(target_type).lower()
    if kind not in ("gaussianheatmap", "combinedtarget"):
        raise ValueError(
            f"target_type '{target_type}' of {where} is unknown; use 'GaussianHeatmap' or "
            "'CombinedTarget'"
        )
    return kind == "combinedtarget"
