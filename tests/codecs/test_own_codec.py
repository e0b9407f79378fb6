"""A codec in a user's own file: taught, decoded, described and run on images by its name alone."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from mmcv import Config

from models.codecs import build_codec
from models.deploy import Description, describe
from models.deploy.description import read_description
from models.inference.estimator import PoseEstimator
from models.networks import build_network
from models.pipelines import TopDownGenerateTarget
from models.registry import CODECS
from models.runtime.config import load_config

CONFIG = "configs/top_down/lite_hrnet/synthetic/litehrnet_18_synthetic_128x96.py"
SOURCE = '''
"""The centre of mass of each map."""

import numpy as np

from models.codecs import Codec, heatmap_to_image
from models.codecs.frames import crop_to_heatmap
from models.registry import CODECS


@CODECS.register_module()
class CentreOfMass(Codec):
    def __init__(self, half_width: int, power: float = 1.0) -> None:
        self.half_width, self.power = half_width, power

    def encode(self, keypoints, visible, input_size, heatmap_size):
        target = np.zeros((len(keypoints), heatmap_size[1], heatmap_size[0]), np.float32)
        points = crop_to_heatmap(keypoints, input_size, heatmap_size)
        for square, (x, y) in zip(target, np.rint(points).astype(int)):
            first = np.maximum([y, x] - np.array(self.half_width), 0)
            square[first[0] : y + self.half_width + 1, first[1] : x + self.half_width + 1] = 1
        return target, visible[:, :1].astype(np.float32)

    def decode(self, heatmaps, center, scale):
        mass = heatmaps**self.power
        rows, columns = np.indices(heatmaps.shape[2:])
        total = mass.sum(axis=(2, 3))
        coords = [(mass * axis).sum(axis=(2, 3)) / total for axis in (columns, rows)]
        size = heatmaps.shape[:1:-1]
        points = heatmap_to_image(np.stack(coords, axis=-1), center, scale, size)
        return points, heatmaps.max(axis=(2, 3))[..., None]
'''
CODEC = {"type": "CentreOfMass", "half_width": 2}


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The file, found by Python; what it registers is gone afterwards."""
    (tmp_path / "centre_of_mass.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    CODECS.module_dict.pop("CentreOfMass", None)
    sys.modules.pop("centre_of_mass", None)


@pytest.fixture
def cfg(own, repository):
    """A config that imports the file and names the codec twice."""
    base = load_config(repository / CONFIG)
    base.custom_imports = {"imports": ["centre_of_mass"]}
    base.model.test_cfg = {"flip_test": False}
    base.model.codec = CODEC
    base.model.pretrained = None
    for step in base.data.train.pipeline:
        if step.type == "TopDownGenerateTarget":
            step.pop("unbiased_encoding", None)
            step.codec = CODEC
    base.data.test.data_cfg.image_size = [64, 96]
    (own / "config.json").write_text(json.dumps(base._cfg_dict.to_dict()))
    return load_config(own / "config.json")


def squares(people: int = 1) -> np.ndarray:
    """17 maps of squares of 5 pixels; of keypoint k around (4 + k % 8, 5 + k)."""
    heatmaps = np.zeros((people, 17, 24, 16), np.float32)
    for k in range(17):
        heatmaps[:, k, 3 + k : 8 + k, 2 + k % 8 : 7 + k % 8] = 1
    return heatmaps


def test_step_network_description_and_estimator(cfg, own):
    """From the config to a description in json and back, without a word about the codec."""
    assert type(build_codec(CODEC)).__module__ == "centre_of_mass"

    (settings,) = (s for s in cfg.data.train.pipeline if s.type == "TopDownGenerateTarget")
    settings = {key: value for key, value in settings.items() if key != "type"}
    keypoints = np.array([[4 + k % 8, 5 + k, 0] for k in range(17)], np.float32) * 4
    info = {"image_size": (64, 96), "heatmap_size": (16, 24), "use_different_joint_weights": False}
    sample = {"joints_3d": keypoints, "joints_3d_visible": np.ones((17, 3)), "ann_info": info}
    target = TopDownGenerateTarget(**settings)(sample)["target"]
    np.testing.assert_array_equal(target, squares()[0])

    network = build_network(cfg)
    assert network.codec is build_codec(CODEC)
    crop = {"center": np.array([32.0, 48.0]), "scale": np.array([0.32, 0.48])}
    meta = {**crop, "image_file": "a.jpg", "bbox_id": 0}
    (batch,) = network.postprocess(squares(), [meta])
    found = batch["preds"]
    np.testing.assert_allclose(found[0, :, :2], keypoints[:, :2], atol=1e-4)

    made = describe(cfg)
    made.write(own / "model.onnx")
    description = read_description(own / "model.onnx")
    assert description.to_json()["postprocessing"]["codec"] == {**CODEC, "power": 1.0}

    estimator = PoseEstimator(lambda crops: squares(len(crops)), description)
    image = np.zeros((96, 64, 3), np.uint8)
    # the box whose padded crop is the whole image
    poses = estimator(image, [[6.4, 9.6, 51.2, 76.8]])
    np.testing.assert_allclose(poses.keypoints[0, :, :2], keypoints[:, :2], atol=1e-3)
    np.testing.assert_array_equal(poses.keypoints[0, :, 2], 1)


def test_description_of_a_codec_that_is_not_imported(cfg, own, repository):
    """Says which codec, and how to make it known."""
    content = describe(cfg).to_json()
    CODECS.module_dict.pop("CentreOfMass")
    with pytest.raises(ValueError, match=r"CentreOfMass is not a codec.*custom_imports"):
        Description.from_json(content, "model.onnx.json")


def test_codecs_need_neither_torch_nor_mmcv(own, repository):
    code = (
        f"import sys; sys.path.insert(0, {str(own)!r}); import centre_of_mass\n"
        "from models.codecs import build_codec\n"
        f"print(build_codec({CODEC!r}).summary, {{'torch', 'mmcv'}} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "CentreOfMass(half_width=2, power=1.0) set()"


def test_custom_imports_are_those_of_mmcv(own):
    """The config alone makes the codec known."""
    assert "CentreOfMass" not in CODECS.module_dict
    (own / "small.py").write_text("custom_imports = dict(imports=['centre_of_mass'])\n")
    Config.fromfile(str(own / "small.py"))
    assert "CentreOfMass" in CODECS.module_dict
