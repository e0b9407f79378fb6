"""Run folders and test results made by hand, in no time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.builder import build_dataset
from models.runtime.config import load_config
from models.runtime.config_text import config_text
from models.runtime.files import dump_json
from models.runtime.options import parse_value


def train_line(epoch: int, iteration: int, loss: float = 0.5, time: float = 0.1) -> dict[str, Any]:
    return {
        **{"mode": "train", "epoch": epoch, "iter": iteration, "lr": 1e-3, "data_time": 0.01},
        **{"mse_loss": loss, "acc_pose": 1 - loss, "loss": loss, "time": time},
    }


def val_line(epoch: int, **scores: float) -> dict[str, Any]:
    return {"mode": "val", "epoch": epoch, "iter": 8, "lr": 0.0, **(scores or {"AP": 0.1 * epoch})}


def write_log(folder: Path, entries: Iterable[Mapping[str, Any]], stamp: str = "1") -> Path:
    path = folder / f"2026010{stamp}_000000.log.json"
    lines = [json.dumps(entry) for entry in ({"seed": 0}, *entries)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_run(folder: Path, config: Path, options: Iterable[str] = (), **facts: Any) -> Any:
    """A run folder with config, facts and a log of two epochs; the config as loaded."""
    folder.mkdir(parents=True, exist_ok=True)
    overrides = dict(option.split("=", 1) for option in options)
    cfg = load_config(config, {key: parse_value(value) for key, value in overrides.items()})
    (folder / config.name).write_text(config_text(cfg), encoding="utf-8")
    start = {
        **{"command": f"python tools/train.py {config}", "started": "2026-01-01 00:00:00 +0000"},
        **{"config": str(config), "seed": 7, "deterministic": False},
        "environment": {"commit": "0123456789abcdef", "torch": "2.11.0", "gpus": []},
        **facts,
    }
    dump_json(start, folder / "run_20260101_000000.json")
    entries = [train_line(e, i, 1 / (e + i)) for e in (1, 2) for i in (10, 20)]
    write_log(folder, [*entries[:2], val_line(1), *entries[2:], val_line(2)])
    return cfg


def answers(cfg: Any, noise: float = 1.0) -> list[dict[str, Any]]:
    """Results as a network would give them that is off by some pixels. Boxes are the labelled."""
    dataset = build_dataset(cfg.data.test, {"test_mode": True})
    rng = np.random.default_rng(0)
    people = dataset.db
    points = np.stack([person["joints_3d"] for person in people]).astype(np.float64)
    points[..., :2] += rng.normal(0, noise, points[..., :2].shape)
    points[..., 2] = 0.9
    boxes = [
        [*p["center"].tolist(), *p["scale"].tolist(), float(np.prod(p["scale"] * 200)), 1.0]
        for p in people
    ]
    return [
        {
            "preds": points.tolist(),
            "boxes": boxes,
            "image_paths": [p["image_file"] for p in people],
            "bbox_ids": [p["bbox_id"] for p in people],
        }
    ]
