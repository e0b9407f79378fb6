"""This project's data sets over the pictures of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmcv import Config
from torch.utils.data import Dataset

from models.networks import build_network, build_split
from models.runtime.config import load_config

#: mean and std of the published pipelines
NORMALIZATION = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
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


def train_dataset(
    options: Mapping[str, Any], changes: Sequence[str] = (), plain: bool = False
) -> Dataset:
    """The config's training set.

    Args:
        options: see `config_of`; `cache`, the folder of a crop cache.
        changes: see `sections.pipeline.VARIANTS`.
        plain: leave out the steps that draw, and the cache.
    """
    cfg = config_of(options)
    section = cfg.data.train
    steps = [dict(step) for step in section.pipeline]
    if "bytes" in changes:
        steps = [step for step in steps if step["type"] != "NormalizeTensor"]
    for step in steps:
        if step["type"] == "LoadImageFromFile" and "reduced" in changes:
            step["reduced"] = True
        if step["type"] == "ToTensor" and "bytes" in changes:
            step["keep_uint8"] = True
    if plain:
        # a training pipeline without this step is an older one, and is given it
        still = {"type": "TopDownRandomShiftBboxCenter", "shift_factor": 0.0, "prob": 0.0}
        fixed = [step for step in steps if step["type"] in _FIXED_STEPS]
        steps = [fixed[0], still, *fixed[1:]]
    elif "crop_cache" in changes:
        section.crop_cache = {"dir": options["cache"]}
    section.pipeline = steps
    network = build_network(cfg, pretrained=False)
    return build_split(cfg, "train", network)


def test_dataset(options: Mapping[str, Any]) -> Dataset:
    """The config's test set."""
    return build_split(config_of(options), "test")
