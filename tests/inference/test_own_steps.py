"""Steps of a user in a test pipeline: inference runs them, with everything that runs a network."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from models import PoseInferencer, inference_top_down_pose_model, init_pose_model
from models.builder import build_dataset, build_posenet
from models.deploy import describe, write_model
from models.deploy.description import read_description
from models.runtime.checkpoint import load_checkpoint
from models.runtime.config import load_config

MODULE = """
from models.builder import PIPELINES

@PIPELINES.register_module(force=True)
class Negative:
    def __call__(self, sample):
        sample["img"] = 255 - sample["img"]
        return sample
"""
NAME = "own_steps_of_a_user"


@pytest.fixture(scope="module")
def own_config(config_file, tmp_path_factory):
    """The config of the quick start, whose test pipeline looks at negatives."""
    folder = tmp_path_factory.mktemp("own")
    (folder / f"{NAME}.py").write_text(MODULE)
    steps = list(load_config(config_file).data.test.pipeline)
    steps.insert(1, {"type": "Negative"})
    path = folder / "negative.py"
    path.write_text(
        f"_base_ = ['{config_file}']\n"
        f"custom_imports = dict(imports=['{NAME}'])\n"
        f"data = dict(test=dict(pipeline={[dict(step) for step in steps]!r}))\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield path


@pytest.fixture
def corners(boxes):
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)


def watched(inferencer):
    """An inferencer whose engine keeps the crops that it is given."""
    seen, engine = [], inferencer.estimator.engine
    inferencer.estimator.engine = lambda crops: seen.append(crops) or engine(crops)
    return inferencer, seen


def test_checkpoints_run_by_the_pipeline(
    own_config, config_file, checkpoint, picture, boxes, corners
):
    """Crops of a picture are those that the plain config cuts of its negative."""
    corners = corners[:2]  # around the third, black outside of the picture has become white
    plain, expected = watched(PoseInferencer(config_file, checkpoint, "cpu"))
    plain.predict(255 - picture, corners)
    inferencer, crops = watched(PoseInferencer(own_config, checkpoint, "cpu"))
    assert inferencer.description.undescribed_steps == ("Negative",)
    found = inferencer.predict(picture, corners)
    np.testing.assert_allclose(crops[0], expected[0], atol=0.02)  # rounded after the crop

    model, crops = init_pose_model(str(own_config), checkpoint, "cpu"), []
    model.backbone.register_forward_pre_hook(lambda module, args: crops.append(args[0].numpy()))
    given = [{"bbox": box} for box in boxes[:2]]
    people, _ = inference_top_down_pose_model(model, picture, given)
    np.testing.assert_allclose(crops[0], expected[0], atol=0.02)
    assert len(people) == len(found) == 2


def test_the_data_set_has_the_same_crops(own_config, picture, tmp_path):
    cv2.imwrite(str(tmp_path / "1.png"), picture)
    person = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 9.0}
    person |= {"bbox": [20, 10, 40, 90], "keypoints": [30, 40, 2] * 17, "num_keypoints": 17}
    image = {"id": 1, "file_name": "1.png", "width": 150, "height": 120}
    content = {"images": [image], "annotations": [person]}
    content["categories"] = [{"id": 1, "name": "person"}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    cfg = load_config(own_config)
    cfg.data.test.update(ann_file=str(tmp_path / "a.json"), img_prefix=str(tmp_path))
    cfg.data.test.data_cfg.use_gt_bbox = True
    dataset = build_dataset(cfg.data.test, {"test_mode": True})
    from models.inference.pipeline_crops import build_preprocess

    box = dataset.db[0]["bbox"]
    crops, center, scale = build_preprocess(cfg, dataset.keypoints)(picture, box[None])
    np.testing.assert_array_equal(crops[0], dataset[0]["img"].numpy())
    np.testing.assert_array_equal(center[0], dataset[0]["img_metas"].data["center"])
    np.testing.assert_array_equal(scale[0], dataset[0]["img_metas"].data["scale"])


def test_exported_models_ask_for_the_config(own_config, checkpoint, picture, corners, tmp_path):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    cfg = load_config(own_config)
    cfg.model["pretrained"] = None
    network = build_posenet(cfg.model)
    load_checkpoint(network, str(checkpoint))
    description = describe(cfg)
    path = tmp_path / "network.onnx"
    write_model(network, path, description.input_size, "onnx")
    description.write(path)
    assert read_description(path).undescribed_steps == ("Negative",)
    with pytest.raises(ValueError, match=r"no words for \(Negative\): give the config"):
        PoseInferencer(path)
    crops = []
    for model in (path, checkpoint):
        inferencer, seen = watched(PoseInferencer(own_config, model, "cpu"))
        inferencer.predict(picture, corners)
        crops.append(seen[0])
    np.testing.assert_array_equal(*crops)


def test_a_pipeline_that_does_not_say_where_its_crops_are_is_told(own_config, picture):
    from models.inference.pipeline_crops import PipelinePreprocessor
    from models.structures import COCO_17

    cfg = load_config(own_config)
    cfg.data.test.pipeline[-1]["meta_keys"] = ["image_file", "center"]
    with pytest.raises(ValueError, match=r"does not record 'scale'.*Collect"):
        PipelinePreprocessor(cfg, COCO_17)(picture, np.array([[20, 10, 40, 90]]))
