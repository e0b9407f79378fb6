"""A task of its own goes through every tool, none of which knows it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import pytest
import torch

from tests.identical import identical

CONFIG = "tests/contracts/second_task_config.py"


@pytest.fixture(scope="module")
def trained(tmp_path_factory, run_tool) -> Path:
    """The folder of a run of three epochs."""
    folder = tmp_path_factory.mktemp("second") / "run"
    run_tool("tools/train.py", CONFIG, "--work-dir", folder, "--seed", 0)
    return folder


@pytest.fixture(scope="module")
def scores(trained) -> dict[str, float]:
    """Of the last validation."""
    (log,) = trained.glob("*.log.json")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    last = [line for line in lines if line.get("mode") == "val"][-1]
    return {name: last[name] for name in ("mIoU", "aAcc")}


def printed(stdout: str) -> dict[str, float]:
    """Scores in the output of tools/test.py."""
    lines = (line.split(": ") for line in stdout.splitlines() if ": " in line)
    return {name: float(value) for name, value in lines if name in ("mIoU", "aAcc")}


def test_it_learns_and_keeps_the_best(trained, scores):
    assert scores["mIoU"] > 0.7
    assert len(list(trained.glob("best_mIoU_epoch_*.pth"))) == 1


def test_validation_leaves_images(trained):
    folder = trained / "validation" / "examples" / "epoch_3"
    examples = json.loads((folder / "examples.json").read_text())
    assert examples["measure"] == "IoU"
    for example in examples["examples"]:
        assert cv2.imread(str(folder / example["picture"])).shape == (32, 96, 3)


@pytest.mark.parametrize("engine", ["eager", "torch", "onnxruntime"])
def test_tested_with_any_engine(trained, scores, run_tool, tmp_path, engine):
    out = tmp_path / "results.json"
    command = ["tools/test.py", CONFIG, trained / "latest.pth", "--work-dir", tmp_path]
    done = run_tool(*command, "--out", out, "--engine", engine, "--eval", "mIoU")
    assert printed(done.stdout) == pytest.approx(scores, abs=1e-4)
    assert "10 images" in done.stdout
    results = json.loads(out.read_text())
    assert sorted(result["index"] for result in results) == list(range(10))


def test_two_processes_give_the_same_scores(trained, run_tool, tmp_path):
    command = ["bash", "tools/dist_test.sh", CONFIG, trained / "latest.pth", "2"]
    two = run_tool(*command, "--work-dir", tmp_path, "--out", tmp_path / "two.json")
    command = ["tools/test.py", CONFIG, trained / "latest.pth"]
    one = run_tool(*command, "--work-dir", tmp_path, "--out", tmp_path / "one.json")
    assert printed(two.stdout) == printed(one.stdout) != {}
    results = [json.loads((tmp_path / f"{name}.json").read_text()) for name in ("one", "two")]
    one, two = (sorted(result, key=lambda entry: entry["index"]) for result in results)
    assert one == two


def test_counted(run_tool):
    done = run_tool("tools/get_flops.py", CONFIG)
    assert "Input (height × width):         32 × 32" in done.stdout
    assert "Parameters:                     378" in done.stdout


@pytest.mark.parametrize("form", ["onnx", "torchscript"])
def test_exported_and_tested(trained, scores, run_tool, tmp_path, form):
    model = tmp_path / f"model.{form}"
    command = ["tools/deployment/export.py", CONFIG, trained / "latest.pth", "--format", form]
    done = run_tool(*command, "--out", model, "--eval")
    assert "mIoU on 10 images" in done.stdout
    assert "pixels 100.00%" in done.stdout
    assert "No description is written beside the model" in done.stderr
    done = run_tool("tools/test.py", CONFIG, model, "--work-dir", tmp_path)
    assert printed(done.stdout) == pytest.approx(scores, abs=1e-4)


def test_report_and_published_checkpoint(trained, run_tool, tmp_path):
    results = tmp_path / "results.json"
    command = ["tools/test.py", CONFIG, trained / "latest.pth", "--work-dir", tmp_path]
    run_tool(*command, "--out", results)
    run_tool("tools/analysis/report.py", trained, "--results", results)
    page = (trained / "report.html").read_text(encoding="utf-8")
    assert "mIoU" in page and "data:image" in page
    run_tool("tools/publish_model.py", CONFIG, trained / "latest.pth", tmp_path / "published")
    (card,) = (tmp_path / "published").glob("*.md")
    assert "PixelClassifier" in card.read_text(encoding="utf-8")
    (config,) = (tmp_path / "published").glob("*.py")
    run_tool("tools/test.py", config, config.with_suffix(".pth"), "--work-dir", tmp_path)


@pytest.mark.parametrize(
    ("tool", "message"),
    [
        ("tools/analysis/analyze_errors.py", "offers no comparison of predictions"),
        ("tools/analysis/browse_dataset.py", "this tool is for data sets of poses"),
    ],
)
def test_what_a_task_does_not_offer_is_said(run_tool, tmp_path, tool, message):
    (tmp_path / "results.json").write_text("[]")
    more = [tmp_path / "results.json"] if "errors" in tool else ["--out", tmp_path / "out"]
    done = run_tool(tool, CONFIG, *more, check=False)
    assert done.returncode == 1
    assert message in done.stderr and "Traceback" not in done.stderr


def test_a_killed_run_ends_as_if_it_had_not_been(run_tool, repository, tmp_path):
    options = ["--seed", "3", "--cfg-options", "total_epochs=8", "data.train.count=64"]
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_tool("tools/train.py", CONFIG, "--work-dir", whole, *options)
    command = [sys.executable, "tools/train.py", CONFIG, "--work-dir", str(killed), *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=repository, env=environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (killed / "epoch_2.pth").exists() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    run_tool("tools/train.py", CONFIG, "--work-dir", killed, *options, "--auto-resume")
    ends = [torch.load(run / "epoch_8.pth", weights_only=True) for run in (whole, killed)]
    for part in ("state_dict", "optimizer", "random_states"):
        assert identical(ends[0][part], ends[1][part]), part
