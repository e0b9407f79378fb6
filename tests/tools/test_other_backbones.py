"""Networks that are not Lite-HRNet go through every tool: trained, resumed, tested, exported."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.tools.conftest import COCO_CONFIG

REPOSITORY = Path(__file__).resolve().parents[2]
SIMPLE = (
    "dict(type='TopDownSimpleHead', out_channels=17, num_deconv_layers=3, num_deconv_filters=32)"
)
STAGE = "dict(num_modules=1, num_branches={0}, block='{1}', num_blocks=(1,)*{0}, num_channels={2})"
STAGES = {
    "stage1": STAGE.format(1, "BOTTLENECK", (8,)),
    "stage2": STAGE.format(2, "BASIC", (8, 16)),
    "stage3": STAGE.format(3, "BASIC", (8, 16, 24)),
    "stage4": STAGE.format(4, "BASIC", (8, 16, 24, 32)),
}
EXTRA = ", ".join(f"{name}={value}" for name, value in STAGES.items())
NETWORKS = {
    "resnet": ("dict(type='ResNet', depth=18)", SIMPLE),
    "hrnet": (
        f"dict(type='HRNet', extra=dict({EXTRA}))",
        "dict(type='TopDownSimpleHead', out_channels=17)",
    ),
    "timm": ("dict(type='TimmBackbone', model_name='resnet18', out_indices=(4,))", SIMPLE),
}


@pytest.fixture(
    scope="module",
    params=["resnet", *(pytest.param(name, marks=pytest.mark.slow) for name in ("hrnet", "timm"))],
)
def run(request, tmp_path_factory, tiny, run_tool) -> tuple[Path, Path, list[str]]:
    """Config, folder of a run of one epoch that was resumed for a second, and its options."""
    if request.param == "timm":
        pytest.importorskip("timm", reason="timm is not installed")
    folder = tmp_path_factory.mktemp(request.param)
    backbone, head = NETWORKS[request.param]
    config = folder / f"{request.param}.py"
    config.write_text(
        f"_base_ = ['{REPOSITORY / COCO_CONFIG}']\n"
        f"model = dict(backbone=dict(_delete_=True, **{backbone}),\n"
        f"             keypoint_head=dict(_delete_=True, **{head}))\n"
    )
    options = tiny("coco")
    train = ["tools/train.py", config, "--work-dir", folder / "run", "--seed", 0]
    run_tool(*train, *options, "total_epochs=1")
    run_tool(*train, "--auto-resume", *options)
    return config, folder / "run", options


def test_trained_validated_and_resumed(run):
    _, folder, _ = run
    logs = [
        json.loads(line)
        for path in sorted(folder.glob("*.log.json"))
        for line in path.read_text().splitlines()
    ]
    for mode in ("train", "val"):
        assert {line["epoch"] for line in logs if line.get("mode") == mode} == {1, 2}
    assert torch.load(folder / "latest.pth", weights_only=True)["meta"]["epoch"] == 2


def test_engines_and_two_processes_agree(run, run_tool, tmp_path):
    config, folder, options = run
    found = []
    for name, start in (
        ("one", ["tools/test.py"]),
        ("eager", ["tools/test.py"]),
        ("two", ["bash", "tools/dist_test.sh"]),
    ):
        words = [*start, config, folder / "latest.pth", *([2] if name == "two" else [])]
        more = ["--engine", "eager"] if name == "eager" else []
        run_tool(*words, "--work-dir", tmp_path / name, *more, *options)
        found.append(json.loads((tmp_path / name / "result_keypoints.json").read_text()))
    points = []
    for other in found[1:]:
        assert len(other) == len(found[0]) > 0
        for a, b in zip(found[0], other, strict=True):
            assert a["image_id"] == b["image_id"]
            points.append(np.subtract(a["keypoints"], b["keypoints"]))
    # Of a network that is hardly trained, rounding alone can decide which of two pixels is largest.
    assert (np.abs(points) < 0.1).mean() > 0.95


def test_counted(run, run_tool):
    config, _, options = run
    done = run_tool("tools/get_flops.py", config, "--shape", 64, 64, *options)
    assert "FLOPs, convention of HRNet's tables" in done.stdout


@pytest.mark.parametrize("form", ["onnx", "openvino"])
def test_exported_as_it_computes(run, run_tool, tmp_path, form):
    config, folder, options = run
    suffix = {"onnx": "onnx", "openvino": "xml"}[form]
    out = tmp_path / f"model.{suffix}"
    run_tool(
        "tools/deployment/export.py",
        config,
        folder / "latest.pth",
        *("--format", form, "--out", out, "--shape", 64, 64, "--crops", 4),
        *options,
    )
    assert out.stat().st_size > 1000
