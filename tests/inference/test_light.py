"""An exported model runs where there is neither PyTorch nor mmcv."""

from __future__ import annotations

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest

from models.builder import build_posenet
from models.deploy import describe, write_model
from models.inference import opening
from models.runtime.checkpoint import load_checkpoint
from models.runtime.config import load_config

PROGRAM = """
import sys

ABSENT = {absent!r}

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named '{{name}}'", name=name)

sys.meta_path.insert(0, Absent())

import cv2, json
from models import PoseInferencer

inferencer = PoseInferencer({model!r}, detector={boxes!r})
(prediction,) = inferencer({picture!r})
assert len(prediction.people) == 2
cv2.imwrite({drawn!r}, prediction.draw(score_thr=0))
print(json.dumps([person["keypoints"].tolist() for person in prediction.people]))
"""

FULL_INSTALLATION = ("torch", "torchvision", "mmcv", "xtcocotools", "json_tricks", "matplotlib")


@pytest.fixture(scope="module")
def exported(tmp_path_factory, config_file, checkpoint):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    cfg = load_config(config_file)
    cfg.model["pretrained"] = None
    network = build_posenet(cfg.model)
    load_checkpoint(network, str(checkpoint))
    path = tmp_path_factory.mktemp("exported") / "network.onnx"
    description = describe(cfg)
    write_model(network, path, description.input_size, "onnx")
    description.write(path)
    return path


def test_exported_model_without_torch(
    exported, config_file, checkpoint, picture, tmp_path, repository
):
    from models import PoseInferencer

    file, boxes = tmp_path / "picture.png", tmp_path / "boxes.json"
    cv2.imwrite(str(file), picture)
    boxes.write_text(json.dumps({"picture.png": [[20, 10, 60, 100, 0.9], [60, 30, 130, 70, 0.8]]}))
    program = PROGRAM.format(
        absent=FULL_INSTALLATION,
        model=str(exported),
        boxes=str(boxes),
        picture=str(file),
        drawn=str(tmp_path / "drawn.png"),
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    found = np.array(json.loads(done.stdout))
    inferencer = PoseInferencer(config_file, checkpoint, "cpu", detector=boxes)
    (expected,) = inferencer(file)
    for pose, person in zip(found, expected.people, strict=True):
        # where two places of a heatmap are almost equally high, rounding decides
        near = np.abs(pose - person["keypoints"]).max(axis=1) < 1e-2
        assert near.mean() > 0.9
    assert (cv2.imread(str(tmp_path / "drawn.png")) != picture).any()


def test_description_may_come_from_the_config(exported, config_file, tmp_path):
    alone = tmp_path / "alone.onnx"
    alone.write_bytes(exported.read_bytes())
    with pytest.raises(FileNotFoundError, match="no description beside it"):
        opening.open_model(None, alone)
    _, description = opening.open_model(config_file, alone)
    _, beside = opening.open_model(None, exported)
    assert description.to_json() == beside.to_json()


def test_options_that_an_exported_model_has_not(exported):
    with pytest.raises(ValueError, match="runs on the CPU, not on cuda"):
        opening.open_model(None, exported, device="cuda")
    with pytest.raises(ValueError, match="cfg_options change nothing"):
        opening.open_model(None, exported, cfg_options={"model.test_cfg.flip_test": False})
