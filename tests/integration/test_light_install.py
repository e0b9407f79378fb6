"""`pip install '.[inference]'` into an empty environment: small, and it runs an exported model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"


@pytest.fixture(scope="module")
def light(tmp_path_factory, repository) -> Path:
    """The Python of an environment with the light installation; skips where nothing is fetched."""
    folder = tmp_path_factory.mktemp("light")
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("configs", "models"):
        shutil.copytree(repository / name, checkout / name)
    for name in ("setup.py", "pyproject.toml", "README.md", "requirements.txt"):
        shutil.copy(repository / name, checkout)
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    pins = folder / "pins.txt"
    lines = (repository / "requirements.txt").read_text().splitlines()
    pins.write_text("\n".join(line.partition(" #")[0] for line in lines))
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "-c", pins, f"{checkout}[inference]"],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
    )
    if done.returncode and "CI" not in os.environ:
        pytest.skip(f"packages cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    return python


def test_demo_runs_an_exported_model(light, trained, tiny, tiny_data, run_tool, tmp_path):
    model, out = tmp_path / "model.onnx", tmp_path / "drawn"
    run_tool(
        "tools/deployment/export.py",
        *(CONFIG, trained / "latest.pth", "--out", model, "--crops", 2),
        *tiny("coco"),
    )
    listed = subprocess.run(
        [light, "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    )
    names = {package["name"].lower() for package in json.loads(listed.stdout)}
    assert {"onnxruntime", "numpy", "lite-hrnet"} <= names
    assert not names & {"torch", "torchvision", "mmcv", "mmcv-full", "xtcocotools", "openvino"}
    annotations = tiny_data / "annotations" / "person_keypoints_val.json"
    done = run_tool(
        *(light, "tools/demo/image_demo.py", model, "--img", tiny_data / "val"),
        *("--boxes", annotations, "--out", out, "--json", tmp_path / "poses.json"),
        PYTHONPATH="",
    )
    assert len(list(out.glob("*.png")) + list(out.glob("*.jpg"))) == 8
    assert "Warning" not in done.stderr
    refused = run_tool(
        *(light, "tools/demo/image_demo.py", CONFIG, trained / "latest.pth"),
        *("--img", tiny_data / "val", "--out", tmp_path / "none"),
        check=False,
        PYTHONPATH="",
    )
    assert refused.returncode == 1
    assert "pip install '.[train]'" in refused.stderr
