"""tools/deployment/export.py: what it refuses and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"
TOOL = "tools/deployment/export.py"


def test_without_the_test_set_drawn_people_are_taken(trained, run_tool, tmp_path):
    out = tmp_path / "model.torchscript"
    out.write_text("mine")
    done = run_tool(
        TOOL,
        CONFIG,
        trained / "latest.pth",
        *("--format", "torchscript", "--out", out, "--shape", 96, 64, "--crops", 2),
        *("--cfg-options", "data.test.ann_file=gone.json"),
    )
    assert "on 2 crops of drawn people" in done.stdout
    assert "drawn people are taken" in done.stderr
    assert out.stat().st_size > 10**6
    others = [path for path in tmp_path.iterdir() if path != out]
    assert [path.read_text() for path in others] == ["mine"]


def test_bytes_of_a_pipeline_are_normalised_for_the_comparison(trained, run_tool, tmp_path, tiny):
    config = tmp_path / "bytes.py"
    config.write_text(
        f"_base_ = ['{REPOSITORY / CONFIG}']\n"
        "model = dict(img_norm_cfg=dict(mean=[0.4, 0.5, 0.6], std=[0.2, 0.3, 0.4]))\n"
        "data = dict(test=dict(pipeline=[\n"
        "    dict(type='LoadImageFromFile'), dict(type='TopDownAffine'),\n"
        "    dict(type='ToTensor', keep_uint8=True),\n"
        "    dict(type='Collect', keys=['img'], meta_keys=['image_file'])]))\n"
    )
    command = config, trained / "latest.pth", "--format", "torchscript", "--crops", 2
    out = tmp_path / "model.torchscript"
    done = run_tool(TOOL, *command, "--out", out, *tiny("coco"))
    assert "on 2 crops of the test set" in done.stdout
    assert out.stat().st_size > 10**6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "onnx", "--out", "a.xml"], "a name for --format onnx ends in .onnx"),
        (["--tolerance", "0", "--format", "torchscript"], "more than 0e+00; nothing is written"),
        (["--shape", "100", "64"], "height 100 is no multiple of 32; use 96"),
        (
            ["--tolerance", "1e-30", "--format", "torchscript"],
            "more than 1e-30; nothing is written",
        ),
    ],
)
def test_mistakes_end_in_one_line(trained, run_tool, tiny, tmp_path, arguments, message):
    checkpoint = tmp_path / "latest.pth"
    checkpoint.symlink_to(trained / "latest.pth")
    done = run_tool(TOOL, CONFIG, checkpoint, *arguments, *tiny("coco"), check=False)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["latest.pth"]
