"""tools/test.py: its options do what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.deploy.exported import engine_names

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"


@pytest.fixture(scope="module")
def tested(trained, run_tool, tiny, tmp_path_factory):
    """Options of tools/test.py → its stdout, the raw results by box, and the folder."""

    def test(*options, cfg=(), checkpoint=None):
        folder = tmp_path_factory.mktemp("tested")
        done = run_tool(
            "tools/test.py",
            CONFIG,
            checkpoint or trained / "latest.pth",
            "--eval",
            "mAP",
            "--work-dir",
            folder,
            "--out",
            folder / "raw.json",
            *options,
            *tiny("coco"),
            *cfg,
        )
        boxes = {}
        for batch in json.loads((folder / "raw.json").read_text()):
            boxes.update(zip(batch["bbox_ids"], batch["preds"], strict=True))
        return done.stdout, np.array([boxes[i] for i in sorted(boxes)]), folder

    return test


@pytest.fixture(scope="module")
def exported(trained, run_tool, tiny, tmp_path_factory):
    """File name → an exported model of that name."""
    folder = tmp_path_factory.mktemp("exported")
    formats = {
        ".onnx": "onnx",
        ".xml": "openvino",
        ".torchscript": "torchscript",
        ".param": "ncnn",
    }
    libraries = {
        ".onnx": "onnxruntime",
        ".xml": "openvino",
        ".torchscript": "torch",
        ".param": "pnnx",
    }

    def export(name: str):
        path = folder / name
        pytest.importorskip(libraries[path.suffix])
        done = run_tool(
            "tools/deployment/export.py",
            CONFIG,
            trained / "latest.pth",
            *("--format", formats[path.suffix], "--out", path, "--crops", 4),
            *tiny("coco"),
        )
        assert f"{path}: " in done.stdout
        assert "on 4 images of the test set" in done.stdout
        return path

    return export


@pytest.fixture(scope="module")
def plain(tested):
    return tested()


def scores(stdout: str) -> list[str]:
    return [line for line in stdout.splitlines() if line.startswith(("AP", "AR"))]


def test_prints_and_writes(plain):
    stdout, poses, folder = plain
    assert len(scores(stdout)) == 10
    assert "person_detections_val.json" in stdout  # whose boxes these scores are for
    assert poses.shape[1:] == (17, 3)
    assert json.loads((folder / "result_keypoints.json").read_text())


def test_batch_size_changes_nothing(plain, tested):
    _, poses, _ = tested("--batch-size", 7)
    np.testing.assert_allclose(poses, plain[1], atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [["--fuse-conv-bn"], *(["--engine", name] for name in ("eager", *engine_names()))],
    ids=str,
)
def test_no_engine_changes_anything(plain, tested, options):
    if options[-1] in ("onnxruntime", "openvino"):
        pytest.importorskip(options[-1])
    _, poses, _ = tested(*options)
    assert_same(poses, plain[1])


def assert_same(poses, others) -> None:
    moved = np.abs(poses - others)[..., :2].max(axis=-1) > 0.01
    assert moved.mean() < 0.02  # two maxima may be a rounding apart


@pytest.mark.parametrize(
    "name", ["model.onnx", "model.xml", "model.torchscript", "model.ncnn.param"]
)
def test_exported_file_is_tested_directly(plain, tested, exported, name):
    stdout, poses, _ = tested(checkpoint=exported(name))
    assert_same(poses, plain[1])
    assert len(scores(stdout)) == 10


def test_probabilities_are_averaged_differently(plain, tested):
    _, poses, _ = tested("--average_clips", "prob")
    assert poses[..., 2].max() < 1
    assert not np.allclose(poses[..., 2], plain[1][..., 2])


def test_every_metric_that_is_asked_for_is_computed(tested):
    """With the options of those, and without those of metrics that only the config names."""
    labelled = "data.test.data_cfg.use_gt_bbox=True"
    found = {}
    for thr in (0.05, 0.8):
        cfg = (labelled, "evaluation.metric=[mAP,PCK,NME]", f"+evaluation.pck_thr={thr}")
        more = ("--eval", "mAP", "PCK", "EPE")
        stdout, _, _ = tested(*more, cfg=(*cfg, "+evaluation.nme_normalize=bbox"))
        found[thr] = dict(line.split(": ") for line in stdout.splitlines() if ": " in line)
        assert {"AP", "AR", "PCK", "EPE"} <= {*found[thr]} and "NME" not in found[thr]
    assert float(found[0.05]["PCK"]) < float(found[0.8]["PCK"])


def test_config_averages_views_unless_asked_otherwise(plain, tested):
    """The option's default does not stand over the config."""
    _, poses, _ = tested(cfg=("+model.test_cfg.average_clips=prob",))
    assert poses[..., 2].max() < 1
    _, asked, _ = tested("--average_clips", "score", cfg=("+model.test_cfg.average_clips=prob",))
    np.testing.assert_array_equal(asked, plain[1])


def test_ground_truth_boxes(tested):
    stdout, _, _ = tested(cfg=("data.test.data_cfg.use_gt_bbox=True",))
    assert "ground-truth boxes" in stdout


def test_earlier_results_are_kept(trained, run_tool, tiny, tmp_path):
    for name in ("raw.json", "result_keypoints.json"):
        (tmp_path / name).write_text("mine")
    run_tool(
        "tools/test.py",
        CONFIG,
        trained / "latest.pth",
        "--work-dir",
        tmp_path,
        "--out",
        tmp_path / "raw.json",
        *tiny("coco"),
    )
    kept = [path for path in tmp_path.iterdir() if path.read_text() == "mine"]
    assert len(kept) == 2


@pytest.mark.parametrize(
    ("checkpoint", "arguments", "message"),
    [
        ("gone.pth", [], "checkpoint gone.pth does not exist"),
        ("gone.onnx", [], "there is no model gone.onnx"),
        (None, ["--engine", "opnvino"], "no engine 'opnvino'; did you mean 'openvino'?"),
        ("a.onnx", ["--engine", "eager"], "there is no engine 'eager' for the exported model"),
        (None, ["--eval", "mAp"], "has no metric 'mAp'"),
        (None, ["--out", "README.md/poses.json"], "README.md"),
        (
            None,
            ["--cfg-options", "data.test.data_cfg.image_size=[250,64]"],
            "width 250 is no multiple of 32; use 256",
        ),
        (None, ["--cfg-options", "data.test.data_cfg.bbox_file=None"], "needs data.test.data_cfg"),
        (
            None,
            ["--cfg-options", "model.backbone.extra.stages_spec.num_modules=(3,8,3)"],
            "18 in the file, 30 in the config",
        ),
    ],
)
def test_mistakes_end_in_one_line(
    trained, run_tool, tiny, tmp_path, checkpoint, arguments, message
):
    done = run_tool(
        "tools/test.py",
        CONFIG,
        checkpoint or trained / "latest.pth",
        "--work-dir",
        tmp_path,
        *tiny("coco"),
        *arguments,
        check=False,
    )
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "Testing" not in done.stderr  # known before the work
