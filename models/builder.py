"""The registries: the one place where a config's `type` becomes an object.

A name that is registered twice raises (mmcv's rule); an unknown name is answered with the known
ones and the nearest; an argument that a class does not take is an error, never dropped.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from torch import nn

from models import compat
from models.registry import CODECS, ENGINES, EXPORTERS, build_member
from models.runtime.names import nearest
from models.runtime.quiet import quiet_imports

with quiet_imports():
    from mmcv.utils import Registry

__all__ = [
    "BACKBONES",
    "CODECS",
    "DATASETS",
    "ENGINES",
    "EXPORTERS",
    "HEADS",
    "LOSSES",
    "METRICS",
    "NETWORKS",
    "PIPELINES",
    "POSENETS",
    "SEGMENTORS",
    "VISUALIZERS",
    "build_backbone",
    "build_dataset",
    "build_from",
    "build_head",
    "build_loss",
    "build_pipeline_step",
    "build_posenet",
    "build_visualizer",
    "find_class",
    "metric_types",
]


def build_from(cfg: Mapping[str, Any], registry: Registry, default_args: dict | None = None) -> Any:
    """The `build_func` of all registries: a config's section → the object of its `type`."""
    return build_member(registry, _HOMES[registry.name], cfg, default_args)


def find_class(kind: Any, *registries: Registry) -> Any:
    """The class that a config's `type` names in one of the registries; a class is one already.

    Raises:
        KeyError: there is none; names the nearest.
    """
    if not isinstance(kind, str):
        return kind
    known: list[str] = []
    for registry in registries:
        importlib.import_module(_HOMES[registry.name])
        cls = registry.get(kind)
        if cls is not None:
            return cls
        known += registry.module_dict
    raise KeyError(f"{kind} is not a {registries[0].name}{nearest(kind, known)}")


#: where the members of each registry live, so that no import order decides what is known
_HOMES = {
    "backbone": "models.backbones",
    "head": "models.heads",
    "loss": "models.losses",
    "posenet": "models.posenets",
    "segmentor": "models.networks",
    "network": "models.networks",
    "dataset": "models.datasets",
    "pipeline": "models.pipelines.registered",
    "metric": "models.evaluation.metrics",
    "visualizer": "models.visualization.visualizers",
}

BACKBONES = Registry("backbone", build_func=build_from)
HEADS = Registry("head", build_func=build_from)
LOSSES = Registry("loss", build_func=build_from)
POSENETS = Registry("posenet", build_func=build_from)
SEGMENTORS = Registry("segmentor", build_func=build_from)
#: networks of other tasks
NETWORKS = Registry("network", build_func=build_from)
DATASETS = Registry("dataset", build_func=build_from)
PIPELINES = Registry("pipeline", build_func=build_from)
METRICS = Registry("metric", build_func=build_from)
VISUALIZERS = Registry("visualizer", build_func=build_from)


def build_backbone(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a backbone: images (B, 3, H, W) → feature maps, see `models.backbones.Backbone`."""
    return BACKBONES.build(cfg)


def build_head(cfg: Mapping[str, Any]) -> nn.Module:
    """Build a head: feature maps → heatmaps (B, C, h, w)."""
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


def metric_types() -> Mapping[str, type]:
    """The metrics that are registered, by name."""
    importlib.import_module(_HOMES[METRICS.name])
    return METRICS.module_dict


def visualizer_type(name: str) -> type:
    """A registered visualizer.

    Raises:
        KeyError: there is none of that name; names the nearest.
        TypeError: it breaks its contract; says which part it lacks.
    """
    importlib.import_module(_HOMES[VISUALIZERS.name])
    kind = VISUALIZERS.get(name)
    if kind is None:
        raise KeyError(f"{name} is not a visualizer{nearest(name, VISUALIZERS.module_dict)}")
    abstract = getattr(kind, "__abstractmethods__", ())
    parts = ("compare", "draw")
    lacking = [p for p in parts if p in abstract or not callable(getattr(kind, p, None))]
    if lacking:
        raise TypeError(
            f"visualizer '{name}' has no {', '.join(lacking)}; derive it from "
            "models.visualization.Visualizer"
        )
    return kind


def build_visualizer(cfg: Mapping[str, Any] | str, dataset: Any) -> Any:
    """Build what draws predictions of a data set beside their ground truth.

    Args:
        cfg: registered name, or a dict with `type`.
        dataset: that was tested.

    Raises:
        KeyError: an unknown name or argument; names the nearest known one.
    """
    cfg = {"type": cfg} if isinstance(cfg, str) else cfg
    return VISUALIZERS.build(cfg, default_args={"dataset": dataset})
