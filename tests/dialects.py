"""Configs in the older spellings: the original's own, and such as mmpose 0.29 spells them."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from models.runtime.config import load_config

REPOSITORY = Path(__file__).resolve().parents[1]
ORIGINALS = REPOSITORY.parent / "shared" / "cases" / "original_configs"
OURS = REPOSITORY / "configs" / "top_down" / "lite_hrnet"

#: what the pipelines of mmpose 0.29 have where ours have one step less, or another
_BOXES = {"type": "TopDownGetBboxCenterScale", "padding": 1.25}
_SHIFT = {"type": "TopDownRandomShiftBboxCenter", "shift_factor": 0.16, "prob": 0.3}


def original(name: str) -> Path:
    """A config of the original release; skips where they are absent."""
    path = ORIGINALS / f"{name}.json"
    if not path.is_file():
        pytest.skip("shared/cases/original_configs is not beside the checkout")
    return path


def installed_mmpose_configs() -> list[Path]:
    """Lite-HRNet's configs of an mmpose 0.29 that is installed; none where there is none."""
    found = find_spec("mmpose")
    folder = Path(found.origin).parent / ".mim" / "configs" if found and found.origin else None
    return sorted(folder.rglob("litehrnet*.py")) if folder else []


def mmpose_029(data: str) -> dict[str, Any]:
    """A config for 'coco' or 'mpii' as mmpose 0.29 spells it."""
    size = "256x192" if data == "coco" else "256x256"
    cfg = load_config(OURS / data / f"litehrnet_18_{data}_{size}.py")._cfg_dict.to_dict()
    joints = 17 if data == "coco" else 16
    model = cfg["model"]
    model["keypoint_head"] = {
        "type": "TopdownHeatmapSimpleHead",
        "in_channels": 40,
        "out_channels": joints,
        "num_deconv_layers": 0,
        "extra": {"final_conv_kernel": 1},
        "loss_keypoint": model.pop("loss_pose"),
    }
    for section in (cfg["data"][split] for split in ("train", "val", "test")):
        width, height = section["data_cfg"]["image_size"]
        section["data_cfg"].update(
            heatmap_size=[width // 4, height // 4],
            num_output_channels=joints,
            num_joints=joints,
            dataset_channel=[list(range(joints))],
            inference_channel=list(range(joints)),
        )
        if data == "coco":
            section["data_cfg"]["nms_thr"] = 1.0
        steps = [s for s in section["pipeline"] if s["type"] != "TopDownRandomShiftBboxCenter"]
        shift = [_SHIFT] if len(steps) < len(section["pipeline"]) else []
        section["pipeline"] = [steps[0], _BOXES, *shift, *steps[1:]]
        for step in steps:
            if step["type"] == "TopDownGenerateTarget":
                step["sigma"] = section["data_cfg"].pop("sigma", 2)
        section["data_cfg"].pop("sigma", None)
    del cfg["channels_last"]
    return cfg


def write_config(cfg: dict[str, Any], path: Path) -> Path:
    """A config as a file, .json."""
    path.write_text(json.dumps(cfg), encoding="utf-8")
    return path
