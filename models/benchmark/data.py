"""This project's data sets over the pictures of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmcv import Config
from torch.utils.data import Dataset

from models.builder import build_dataset
from models.runtime.config import load_config

_FIXED = ("LoadImageFromFile", "TopDownAffine", "ToTensor", "NormalizeTensor")
_FIXED_STEPS = (*_FIXED, "TopDownGenerateTarget", "Collect")


def config_of(options: Mapping[str, Any]) -> Config:
    """The run's config, with its pictures and sizes in `data.train` and `data.test`."""
    cfg = load_config(options["config"])
    pictures = options["pictures"]
    for split in ("train", "test"):
        section = cfg.data[split]
        section.ann_file, section.img_prefix = pictures["annotations"], pictures["folder"] + "/"
        section.data_cfg.image_size = list(options["size"])
        section.data_cfg.pop("heatmap_size", None)
        section.data_cfg.use_gt_bbox = False
        section.data_cfg.bbox_file = pictures["detections"]
    return cfg


def train_dataset(options: Mapping[str, Any], plain: bool = False) -> Dataset:
    """The config's training set; `plain` leaves out the steps that draw."""
    section = config_of(options).data.train
    if plain:
        # a training pipeline without this step is an older one, and is given it
        still = {"type": "TopDownRandomShiftBboxCenter", "shift_factor": 0.0, "prob": 0.0}
        fixed = [step for step in section.pipeline if step["type"] in _FIXED_STEPS]
        section.pipeline = [fixed[0], still, *fixed[1:]]
    return build_dataset(section)


def test_dataset(options: Mapping[str, Any]) -> Dataset:
    """The config's test set."""
    return build_dataset(config_of(options).data.test, {"test_mode": True})
