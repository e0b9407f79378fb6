"""Lite-HRNet: lightweight high-resolution human pose estimation (CVPR 2021).

    config → data set → pipeline → network (backbone, head, loss) → codec → metric

`models/README.md` is the map of the folders, and says how to add to each.

Public names are loaded when first used, so that a tool which needs no network imports no torch.
"""

from __future__ import annotations

import importlib
from typing import Any

from models.runtime.quiet import quiet_imports

__version__ = "0.1.0"

_PUBLIC = {
    "build_model": "models.networks",
    "build_network": "models.networks",
    "build_posenet": "models.builder",
    "build_dataset": "models.builder",
    "build_split": "models.networks",
    "build_dataloader": "models.datasets",
    "load_config": "models.runtime.config",
    "init_pose_model": "models.inference.api",
    "inference_top_down_pose_model": "models.inference.api",
    "vis_pose_result": "models.inference.api",
    "PoseInferencer": "models.inference.inferencer",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        with quiet_imports():
            return getattr(importlib.import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'models' ({__file__}) has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
