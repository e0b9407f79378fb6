"""The registries: the one place where a config's `type` becomes an object.

A name that is registered twice raises (mmcv's rule); an unknown name is answered with the known
ones and the nearest; an argument that a class does not take is an error, never dropped.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from torch import nn

from models import compat
from models.runtime.names import check_keys, nearest
from models.runtime.quiet import quiet_imports

with quiet_imports():
    from mmcv.utils import Registry


def _build(cfg: Mapping[str, Any], registry: Registry, default_args: dict | None = None) -> Any:
    if not isinstance(cfg, Mapping) or "type" not in cfg:
        raise KeyError(f"a {registry.name} config must be a dict with the key 'type', not {cfg!r}")
    args = dict(cfg)
    for key, value in (default_args or {}).items():
        args.setdefault(key, value)
    kind = args.pop("type")
    importlib.import_module(_HOMES[registry.name])
    cls = registry.get(kind) if isinstance(kind, str) else kind
    if cls is None:
        raise KeyError(f"{kind} is not a {registry.name}{nearest(kind, registry.module_dict)}")
    parameters = inspect.signature(cls).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        check_keys(args, parameters, f"{registry.name} {kind}")
    return cls(**args)


#: where the members of each registry live, so that no import order decides what is known
_HOMES = {
    "backbone": "models.backbones",
    "head": "models.heads",
    "loss": "models.losses",
    "posenet": "models.posenets",
    "dataset": "models.datasets",
    "pipeline": "models.pipelines.registered",
}

BACKBONES = Registry("backbone", build_func=_build)
HEADS = Registry("head", build_func=_build)
LOSSES = Registry("loss", build_func=_build)
POSENETS = Registry("posenet", build_func=_build)
DATASETS = Registry("dataset", build_func=_build)
PIPELINES = Registry("pipeline", build_func=_build)


def build_backbone(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a backbone: images (B, 3, H, W) → feature map (B, C, H/4, W/4)."""
    return BACKBONES.build(cfg)


def build_head(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a head: feature map → heatmaps (B, K, H, W)."""
    return HEADS.build(cfg)


def build_loss(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a loss over predicted and target heatmaps."""
    return LOSSES.build(cfg)


def build_posenet(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a network from a config's `model` section, in any spelling that `compat` knows.

    Raises:
        KeyError: an unknown type or argument; names the nearest known one.
        ValueError: sections that contradict each other.
    """
    return POSENETS.build(compat.canonical_model(cfg))


def build_dataset(cfg: Mapping[str, Any], default_args: dict | None = None) -> Any:
    """Build a data set from one of the sections of a config's `data`.

    Args:
        cfg: type, ann_file, img_prefix, data_cfg, pipeline …, in any spelling that `compat` knows.
        default_args: arguments used where `cfg` does not give them (`dict(test_mode=True)`).

    Raises:
        KeyError: an unknown type or argument; names the nearest known one.
        FileNotFoundError: the annotation or detection file does not exist.
    """
    cfg = {**(default_args or {}), **cfg}
    return DATASETS.build(compat.canonical_dataset(cfg, test_mode=cfg.get("test_mode", False)))


def build_pipeline_step(cfg: Mapping[str, Any]) -> Any:
    """Build one transform of a pipeline."""
    return PIPELINES.build(cfg)
