"""Members of every family from files of a user's own, in one run, and what a broken one is told."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from models import build_model, load_config
from models.builder import BACKBONES, NETWORKS, POSENETS
from models.networks import Network, build_network

CONFIG = "tests/contracts/members/own_config.py"


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> list[str]:
    """`--cfg-options` for 24 drawn arrows."""
    folder = tmp_path_factory.mktemp("arrows")
    random = np.random.default_rng(0)
    with open(folder / "arrows.csv", "w", newline="") as file:
        rows = csv.writer(file)
        for number in range(24):
            image = np.full((64, 64, 3), 60, np.uint8)
            tip = random.integers(14, 34, 2)
            wings = tip + np.array([[-8, 16], [8, 16]])
            for wing in wings:
                cv2.line(image, tip.tolist(), wing.tolist(), (255, 255, 255), 2)
            cv2.imwrite(str(folder / f"{number}.png"), image)
            # seen from above, the left wing is on the right of an arrow that points up
            points = np.concatenate([tip, wings[1], wings[0]])
            rows.writerow([f"{number}.png", *(tip - 12), 24, 32, *points])
    splits = [f"data.{split}" for split in ("train", "val", "test")]
    return [
        "--cfg-options",
        *(f"+{split}.ann_file={folder}/arrows.csv" for split in splits),
        *(f"+{split}.img_prefix={folder}" for split in splits),
    ]


@pytest.fixture(scope="module")
def trained(options, tmp_path_factory, run_tool) -> Path:
    """The folder of the run."""
    folder = tmp_path_factory.mktemp("own") / "run"
    run_tool("tools/train.py", CONFIG, "--work-dir", folder, "--seed", 0, *options)
    return folder


def entries(folder: Path, mode: str) -> list[dict]:
    (log,) = folder.glob("*.log.json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    return [line for line in lines if line.get("mode") == mode]


def test_backbone_codec_data_set_steps_and_losses(trained):
    steps = entries(trained, "train")
    assert {"mse_loss", "distillation_loss", "acc_pose"} <= {*steps[0]}
    assert steps[-1]["loss"] < steps[0]["loss"]


def test_schedule(trained):
    rates = {step["epoch"]: step["lr"] for step in entries(trained, "train")}
    assert rates[4] == pytest.approx(1e-2 / 4**0.5, rel=1e-3)


def test_metrics_and_the_best_of_them(trained):
    scores = entries(trained, "val")
    assert {"within", "PCK", "EPE"} <= {*scores[-1]}
    assert scores[-1]["EPE"] < scores[0]["EPE"]
    best = min(scores, key=lambda entry: entry["EPE"])["epoch"]  # lower is better
    (kept,) = trained.glob("best_*.pth")
    assert kept.name == f"best_EPE_epoch_{best}.pth"


def test_the_teacher_is_no_part_of_the_checkpoint(trained):
    state = torch.load(trained / "latest.pth", weights_only=True)
    assert not any("teacher" in name or "loss" in name for name in state["state_dict"])
    trained_names = sum(len(group["params"]) for group in state["optimizer"]["param_groups"])
    network = build_network(load_config(CONFIG))
    assert trained_names == len(list(network.parameters()))
    assert network.stride == 4  # 8, and one deconvolution


def test_format_and_engine(trained, options, run_tool, tmp_path):
    model = tmp_path / "model.pt2"
    command = ["tools/deployment/export.py", CONFIG, trained / "latest.pth", "--format", "pt2"]
    run_tool(*command, "--out", model, *options)
    tested = [
        run_tool("tools/test.py", CONFIG, file, "--work-dir", tmp_path, *more, *options)
        for file, more in (
            (model, []),
            (trained / "latest.pth", ["--engine", "programs"]),
            (trained / "latest.pth", ["--engine", "eager"]),
        )
    ]
    (scores,) = {tuple(done.stdout.strip().splitlines()[-3:]) for done in tested}
    assert [line.split(":")[0] for line in scores] == ["within", "PCK", "EPE"]


def registered(registry, name: str, cls: type, monkeypatch) -> None:
    monkeypatch.setitem(registry.module_dict, name, cls)


class Nothing(nn.Module):
    def forward(self, img):
        return [img]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, r"backbone Nothing has no `out_channels`"),
        ({"out_channels": (3,)}, r"backbone Nothing has no `strides`"),
        ({"out_channels": (3,), "strides": (1, 2)}, "1 out_channels and 2 strides"),
    ],
)
def test_a_backbone_that_does_not_declare_its_maps(parts, message, monkeypatch):
    registered(BACKBONES, "Nothing", type("Nothing", (Nothing,), parts), monkeypatch)
    head = {"type": "TopDownSimpleHead", "out_channels": 3}
    with pytest.raises(ValueError, match=message):
        build_model({"type": "TopDown", "backbone": {"type": "Nothing"}, "keypoint_head": head})


def test_a_network_that_is_none(monkeypatch):
    registered(NETWORKS, "Plain", type("Plain", (nn.Module,), {}), monkeypatch)
    with pytest.raises(TypeError, match="'Plain' is no network and lacks forward_tensor, losses"):
        build_model({"type": "Plain"})


@pytest.mark.parametrize("registry", [NETWORKS, POSENETS])
def test_a_network_without_a_part(monkeypatch, registry):
    parts = {"forward_tensor": lambda self, img: img, "losses": lambda self, batch, run: {}}
    registered(registry, "Partial", type("Partial", (Network,), parts), monkeypatch)
    with pytest.raises(TypeError, match=r"'Partial' is not complete: .*postprocess"):
        build_model({"type": "Partial"})
