"""Lite-HRNet: lightweight high-resolution human pose estimation (CVPR 2021).

    config → data set → pipeline → network (backbone, head, loss) → decode → evaluate

A module imports only from its own folder or from a lower floor:

    0  builder compat registry runtime
                                  registries, older config spellings, what every run needs
    1  structures layers          joints, boxes, affine maps; building blocks of the network
    2  codecs                     coordinates ↔ heatmaps
    3  pipelines evaluation synthetic
    4  datasets                   COCO, MPII
    5  backbones heads losses posenets
    6  deploy                     forms and files of the network for inference
       complexity visualization   counting, pictures
    7  engine inference           training, testing; people in pictures and videos
    8  analysis benchmark         what a data set and a run hold; this project against its peers

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
