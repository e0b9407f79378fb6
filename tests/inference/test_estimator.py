"""Crops and poses in NumPy are those of the test pipeline and of the network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.builder import build_posenet
from models.deploy import describe
from models.inference.estimator import PoseEstimator
from models.inference.opening import open_model
from models.inference.pipeline_crops import PipelinePreprocessor
from models.runtime.checkpoint import load_checkpoint

BYTES = {"type": "ToTensor", "keep_uint8": True}
PIPELINES = {
    "published": lambda steps: steps,
    "padded": lambda steps: [
        steps[0],
        {"type": "TopDownGetBboxCenterScale", "padding": 1.1},
        *steps[1:],
    ],
    "bgr": lambda steps: [{"type": "LoadImageFromFile", "channel_order": "bgr"}, *steps[1:]],
    "udp": lambda steps: [steps[0], {"type": "TopDownAffine", "use_udp": True}, *steps[2:]],
}


def of_pipeline(cfg, picture, boxes):
    return PipelinePreprocessor(cfg, describe(cfg).keypoints)(picture, boxes)


@pytest.mark.parametrize("change", PIPELINES.values(), ids=PIPELINES)
def test_crops_are_those_of_the_pipeline(cfg, picture, boxes, change):
    cfg.data.test.pipeline = change(list(cfg.data.test.pipeline))
    expected, center, scale = of_pipeline(cfg, picture, boxes)
    crops, own_center, own_scale = describe(cfg).preprocessor()(picture, boxes)
    np.testing.assert_array_equal(crops, expected)
    np.testing.assert_array_equal(own_center, center)
    np.testing.assert_array_equal(own_scale, scale)


@pytest.mark.parametrize(
    "test_cfg",
    [
        {},
        {"flip_test": True, "shift_heatmap": True},
        {"flip_test": True, "average_clips": "prob", "post_process": "unbiased"},
        {"use_udp": True},
    ],
)
def test_poses_are_those_of_the_network(cfg, checkpoint, picture, boxes, test_cfg):
    cfg.model["test_cfg"] = test_cfg
    cfg.model["pretrained"] = None
    network = build_posenet(cfg.model).eval()
    load_checkpoint(network, str(checkpoint))
    description = describe(cfg)
    crops = of_pipeline(cfg, picture, boxes)[0]
    metas = [{"flip_pairs": description.keypoints.flip_pairs}]
    with torch.no_grad():
        expected = network.predict({"img": torch.from_numpy(crops), "img_metas": metas}).numpy()

        def engine(x):
            return network.forward_tensor(torch.from_numpy(x)).numpy()

        poses = PoseEstimator(engine, description, batch_size=2)(picture, boxes)
    np.testing.assert_allclose(poses.heatmaps, expected, rtol=1e-4, atol=1e-6)
    assert poses.keypoints.shape == (3, 17, 3)
    assert poses.keypoints.dtype == np.float32


def test_a_lit_cell_is_found_where_it_is(cfg, picture):
    """One heatmap cell, back through the crop's matrix, is the place in the picture."""
    cfg.model["test_cfg"] = {"post_process": "none"}
    description = describe(cfg)

    def engine(crops):
        heatmaps = np.zeros((len(crops), 17, 24, 16), np.float32)
        heatmaps[:, :, 12, 8] = 0.7
        return heatmaps

    # 51.2 × 76.8 px padded by 1.25 is 64 × 96: crop and picture have one scale
    poses = PoseEstimator(engine, description)(picture, [[20, 10, 51.2, 76.8]])
    np.testing.assert_allclose(poses.keypoints[0, 0], [45.6, 48.4, 0.7], atol=1e-4)


def test_no_boxes_no_people(cfg, picture):
    poses = PoseEstimator(lambda crops: pytest.fail("was run"), describe(cfg))(picture, [])
    assert poses.keypoints.shape == (0, 17, 3)
    assert poses.heatmaps.shape == (0, 17, 24, 16)


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8)]
)
def test_other_arrays_are_refused(cfg, image):
    with pytest.raises(ValueError, match="uint8 in the order BGR"):
        describe(cfg).preprocessor()(image, [[0, 0, 2, 2]])


def test_network_of_other_joints_is_refused(cfg, picture):
    engine = lambda crops: np.zeros((len(crops), 16, 24, 16), np.float32)  # noqa: E731
    with pytest.raises(ValueError, match="16 heatmaps, 'coco' has 17 joints"):
        PoseEstimator(engine, describe(cfg))(picture, [[0, 0, 20, 20]])


@pytest.mark.parametrize("engine", ["torch", "onnxruntime"])
def test_engines_answer_alike(config_file, checkpoint, picture, boxes, engine):
    """Through `open_model`, from a checkpoint."""
    if engine != "torch":
        pytest.importorskip(engine)
    run, description = open_model(config_file, checkpoint, "cpu", engine, threads=1)
    crops, _, _ = description.preprocessor()(picture, boxes)
    expected = open_model(config_file, checkpoint, "cpu", "torch", threads=1)[0](crops)
    np.testing.assert_allclose(run(crops), expected, atol=1e-4)


def test_what_does_not_go_together_is_refused(config_file, checkpoint, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="not what it has learnt"):
        open_model(config_file, None)
    with pytest.raises(ValueError, match="needs the config"):
        open_model(None, checkpoint)
    with pytest.raises(FileNotFoundError, match="did you mean 'litehrnet_18_coco_256x192'"):
        open_model("litehrnet18_coco_256x192", checkpoint)
    with pytest.raises(ValueError, match="there is no engine 'tpu'"):
        open_model(config_file, checkpoint, engine="tpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="there is no GPU"):
        open_model(config_file, checkpoint, "cuda:0")
    with pytest.raises(FileNotFoundError, match="no description beside it"):
        open_model(None, tmp_path / "a.onnx")


def test_pictures_are_bgr(cfg, picture):
    """A red picture is red in the network's first channel."""
    red = np.zeros((50, 50, 3), np.uint8)
    red[..., 2] = 255
    crops, _, _ = describe(cfg).preprocessor()(red, [[10, 10, 20, 20]])
    center = crops[0, :, 48, 32]
    np.testing.assert_allclose(center[0], (1 - 0.485) / 0.229, rtol=1e-5)
    np.testing.assert_allclose(center[2], -0.406 / 0.225, rtol=1e-5)
