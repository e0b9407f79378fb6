"""tools/deployment/export.py: what it refuses and what it leaves alone."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import build_posenet, load_config
from models.deploy import ExportOptions, describe, open_exported, write_model
from models.deploy.description import description_path, read_description
from models.deploy.exported import find_exporter
from models.engine import score
from models.engine.score import ScoredSet
from tests.deploy.conftest import randomized
from tests.tools.conftest import load_tool

REPOSITORY = Path(__file__).resolve().parents[2]
CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"
TOOL = "tools/deployment/export.py"


def tool():
    return load_tool(TOOL)


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
    assert "on 2 images of drawn people" in done.stdout
    assert "drawn people are taken" in done.stderr
    assert out.stat().st_size > 10**6
    new = out, description_path(out)
    others = [path for path in tmp_path.iterdir() if path not in new]
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
    assert "on 2 images of the test set" in done.stdout
    assert out.stat().st_size > 10**6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "onnx", "--out", "a.xml"], "a name for --format onnx ends in .onnx"),
        (["--format", "onxn"], "there is no format 'onxn'; did you mean 'onnx'?"),
        (["--format", "ncnn", "--dynamic-batch"], "ncnn takes one image at a time"),
        (["--format", "ncnn", "--int8"], "int8 is for the formats onnx and openvino"),
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


def test_ncnn_with_description_and_score(trained, run_tool, tiny, tmp_path):
    pytest.importorskip("ncnn", reason="ncnn is not installed")
    pytest.importorskip("pnnx", reason="pnnx is not installed")
    out = tmp_path / "model.ncnn.param"
    command = CONFIG, trained / "latest.pth", "--format", "ncnn", "--out", out, "--crops", 2
    done = run_tool(TOOL, *command, "--eval", *tiny("coco"))
    assert {path.name for path in tmp_path.iterdir()} == {
        "model.ncnn.param",
        "model.ncnn.bin",
        "model.ncnn.param.json",
    }
    model = read_description(out).model
    assert (model["format"], model["precision"], model["batch"]) == ("ncnn", "float32", 1)
    tested = model["evaluated"]
    assert tested["metric"] == "AP" and tested["samples"] > 0
    assert "person_detections_val.json" in tested["tested_on"]
    assert tested["file"] == pytest.approx(tested["checkpoint"], abs=1e-3)
    assert f"checkpoint {tested['checkpoint']:.4f}, file {tested['file']:.4f}" in done.stdout
    assert model["verified"]["largest_difference_of_heatmaps"] < 1e-5
    for name, facts in model["files"].items():
        content = (tmp_path / name).read_bytes()
        assert facts == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    assert model["files"].keys() == {"model.ncnn.param", "model.ncnn.bin"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--half --int8", "not allowed with argument"),
        ("--max-ap-drop 0.1", "--max-ap-drop is for --eval"),
        ("--int8 --calibration-crops 0", "1 or more are needed"),
    ],
)
def test_options_that_do_not_go_together(arguments, message, capsys):
    with pytest.raises(SystemExit):
        tool().parse_args(["a.py", "b.pth", *arguments.split()])
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("full_score", "higher", "pairs"),
    [
        (1.0, True, [(0.5, 0.45), (0.5, 0.55)]),
        (100.0, True, [(50.0, 45.0), (50.0, 55.0)]),  # percent, as MPII's
        (None, False, [(1.0, 1.05), (1.0, 0.95)]),  # a distance: of the checkpoint's own
    ],
)
def test_a_lower_score_is_refused(monkeypatch, full_score, higher, pairs):
    """By shares of the scale; a gain is none to refuse."""
    (worse, better), found = pairs, []
    metric = type("Own", (), {"key": "AP", "higher_is_better": higher, "full_score": full_score})
    scored = object.__new__(ScoredSet)
    scored.score, scored._metric, scored._dataset = "AP", metric, Fake()
    monkeypatch.setattr(ScoredSet, "_test", lambda self, network, forward: found.pop(0))
    monkeypatch.setattr(score, "build_engine", lambda *args: None)
    found += [*worse, *worse, *better]
    with pytest.raises(ValueError, match=f"AP of the file is {worse[1]:.4f}, of the checkpoint"):
        scored.compare(None, None, 0.04)
    assert scored.compare(None, None, 0.06)["file"] == worse[1]
    assert scored.compare(None, None, 0.0)["file"] == better[1]


class Fake:
    tested_on = "3 boxes"

    def __len__(self):
        return 3


def test_program_of_the_readme_needs_the_description_only(tmp_path):
    """What it prints is what this package answers for the same box."""
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    readme = (REPOSITORY / "tools" / "deployment" / "README.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "joints.py").write_text(program, encoding="utf-8")
    cfg = load_config(REPOSITORY / CONFIG)
    cfg.data.test.data_cfg.image_size = [64, 96]
    cfg.model.test_cfg = {"flip_test": False, "post_process": "default"}
    cfg.model.pretrained = None
    network = randomized(build_posenet(cfg.model))
    description = describe(cfg)
    model = tmp_path / "model.onnx"
    write_model(network, model, (64, 96), "onnx")
    description.write(model)
    image = np.random.default_rng(0).integers(0, 256, (120, 150, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "picture.png"), image)
    box = [30, 20, 70, 55]
    done = subprocess.run(
        [sys.executable, "joints.py", "model.onnx", "picture.png", *map(str, box)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert [name for name, *_ in lines] == list(description.keypoints.names)
    crops, center, scale = description.preprocessor()(image, np.array([box]))
    heatmaps = open_exported(model, threads=1)(crops)
    points, scores = description.codec.decode(heatmaps, center, scale)
    truth = np.concatenate([points, scores], axis=-1)[0]
    found = truth[:, 2] > 0  # where a heatmap is 0 or less, there is no joint to place
    assert found.sum() > 5
    printed = np.array(lines)[:, 1:].astype(float)
    np.testing.assert_allclose(printed[found], truth[found], atol=0.06)


@pytest.mark.parametrize(
    ("format", "options", "tolerance", "drop"),
    [
        ("onnx", {}, 1e-5, 0.001),
        ("onnx", {"half": True}, 2e-2, 0.001),
        ("openvino", {"int8": True}, 0.05, 0.01),
        ("torchscript", {}, 1e-5, 0.001),
        ("ncnn", {}, 1e-5, 0.005),
        ("ncnn", {"half": True}, 2e-2, 0.005),
    ],
)
def test_what_is_allowed_by_default(format, options, tolerance, drop):
    options = ExportOptions(**options)
    exporter = find_exporter(format)
    assert exporter.default_tolerance(options) == tolerance
    assert exporter.default_score_drop(options) == drop
