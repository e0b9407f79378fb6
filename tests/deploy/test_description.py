"""What is done before and after the network: from a config to json and back."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from models.codecs import build_codec
from models.deploy import Description, describe
from models.deploy.description import description_path, read_description
from models.runtime.config import load_config

FOLDER = "configs/top_down/lite_hrnet"


@pytest.fixture
def config(repository):
    return lambda name, **changes: load_config(
        repository / FOLDER / name, {key.replace("__", "."): v for key, v in changes.items()}
    )


def test_config_becomes_json_and_is_read_again(config, tmp_path):
    made = describe(config("mpii/litehrnet_18_mpii_256x256.py"), {"format": "onnx"})
    path = made.write(tmp_path / "a.onnx")
    assert path == tmp_path / "a.onnx.json" == description_path(tmp_path / "a.onnx")
    read = read_description(tmp_path / "a.onnx")
    assert read.to_json() == made.to_json()
    assert read.input_size == (256, 256)
    assert read.heatmap_size == (64, 64)
    assert read.model == {"format": "onnx"}
    assert read.mean == (0.485, 0.456, 0.406)
    assert read.test_cfg["flip_test"] is True
    np.testing.assert_array_equal(read.keypoints.flip_index, made.keypoints.flip_index)
    assert read.keypoints.skeleton == made.keypoints.skeleton
    assert read.keypoints.link_colors == made.keypoints.link_colors


def test_everything_that_a_config_changes_is_described(config):
    cfg = config("coco/litehrnet_18_coco_256x192.py")
    cfg.data.test.pipeline = [
        {"type": "LoadImageFromFile", "channel_order": "bgr"},
        {"type": "TopDownGetBboxCenterScale", "padding": 1.5},
        {"type": "TopDownAffine", "use_udp": True},
        {"type": "ToTensor", "keep_uint8": True},
        {"type": "Collect", "keys": ["img"]},
    ]
    cfg.model["img_norm_cfg"] = {"mean": [0.1, 0.2, 0.3], "std": [0.4, 0.5, 0.6]}
    cfg.model["test_cfg"] = {"use_udp": True, "modulate_kernel": 17}
    made = describe(cfg)
    assert (made.channel_order, made.padding, made.udp_crop) == ("bgr", 1.5, True)
    assert (made.mean, made.std) == ((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))
    assert made.codec == build_codec({"type": "UDPHeatmap", "blur_kernel": 17})
    assert made.test_cfg == {"flip_test": False, "shift_heatmap": False, "average_clips": "score"}


def test_steps_without_words_make_it_partial(config, tmp_path):
    cfg = config("coco/litehrnet_18_coco_256x192.py")
    whole = describe(cfg)
    assert whole.undescribed_steps == ()
    cfg.data.test.pipeline.insert(1, {"type": "PhotometricDistortion"})
    made = describe(cfg)
    assert made.undescribed_steps == ("PhotometricDistortion",)
    made.write(tmp_path / "a.onnx")
    assert read_description(tmp_path / "a.onnx").undescribed_steps == ("PhotometricDistortion",)
    del cfg.data.test.pipeline[4]  # it may be the one that normalises
    assert describe(cfg).mean == (0, 0, 0)
    content = whole.to_json()
    del content["preprocessing"]["undescribed_steps"]  # as written before there were any
    assert Description.from_json(content, "a.json").to_json() == whole.to_json()


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("NormalizeTensor", "nothing that says how crops are normalised"),
        ("TopDownAffine", "has no TopDownAffine; crops need it"),
    ],
)
def test_what_makes_no_crops_is_refused(config, missing, message):
    cfg = config("coco/litehrnet_18_coco_256x192.py")
    cfg.data.test.pipeline = [s for s in cfg.data.test.pipeline if s["type"] != missing]
    with pytest.raises(ValueError, match=message):
        describe(cfg)


def test_other_files_are_refused(config, tmp_path):
    model = tmp_path / "a.onnx"
    with pytest.raises(FileNotFoundError, match=r"a\.onnx\.json"):
        read_description(model)
    path = description_path(model)
    path.write_text("[]")
    with pytest.raises(ValueError, match="is no model description"):
        read_description(model)
    content = describe(config("coco/litehrnet_18_coco_256x192.py")).to_json()
    path.write_text(json.dumps({**content, "version": 99}))
    with pytest.raises(ValueError, match="version 99"):
        read_description(model)
    path.write_text(json.dumps({**content, "preprocessing": {}}))
    with pytest.raises(ValueError, match=r"cannot be used.*input_size"):
        read_description(model)
    content["postprocessing"]["codec"]["refine"] = "best"
    with pytest.raises(ValueError, match="'best'"):
        Description.from_json(content, path)
    content["postprocessing"]["codec"] = {"type": "MSRAHeatmpa"}
    with pytest.raises(ValueError, match="did you mean 'MSRAHeatmap'"):
        Description.from_json(content, path)


@pytest.mark.parametrize(
    ("spelled", "codec"),
    [
        (
            {"post_process": "unbiased", "modulate_kernel": 17, "use_udp": False},
            {"type": "MSRAHeatmap", "refine": "dark", "blur_kernel": 17},
        ),
        (
            {"post_process": "default", "modulate_kernel": 11, "use_udp": True},
            {"type": "UDPHeatmap"},
        ),
    ],
)
def test_descriptions_of_version_1_are_read(config, tmp_path, spelled, codec):
    content = describe(config("coco/litehrnet_18_coco_256x192.py")).to_json()
    content["version"] = 1
    after = content["postprocessing"]
    del after["codec"], after["channels"]
    after.update(spelled, shift_heatmap=False)
    description_path(tmp_path / "old.onnx").write_text(json.dumps(content))
    read = read_description(tmp_path / "old.onnx")
    assert read.codec == build_codec(codec)
    assert read.test_cfg == {"flip_test": True, "shift_heatmap": False, "average_clips": "score"}
    assert read.to_json()["version"] == 2
    after["post_process"] = "best"
    with pytest.raises(ValueError, match="'best'"):
        Description.from_json(content, "old.onnx.json")


def test_codec_of_the_config_is_described(config):
    cfg = config("coco/litehrnet_18_coco_256x192.py")
    cfg.model["codec"] = {"type": "UDPHeatmap", "heatmap_type": "combined"}
    after = describe(cfg).to_json()["postprocessing"]
    assert after["codec"] == {
        "type": "UDPHeatmap",
        "heatmap_type": "combined",
        "radius_factor": 0.0546875,
        "blur_kernel": 11,
    }
    assert after["channels"] == 51
    assert "post_process" not in after
    cfg.model["test_cfg"] = {"average_clips": "prob"}
    with pytest.raises(ValueError, match="use 'score'"):
        describe(cfg)


def test_running_exported_models_imports_neither_torch_nor_mmcv(repository):
    modules = "deploy.description, models.deploy.exported, models.inference, models.visualization"
    code = f"import sys, models.{modules}; print({{'torch', 'mmcv'}} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
