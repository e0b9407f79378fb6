"""mmpose's three functions."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from models import inference_top_down_pose_model, init_pose_model, vis_pose_result
from models.builder import build_dataset
from models.runtime.config import load_config
from models.structures import MPII_16, dataset_info_of


@pytest.fixture(scope="module")
def model(config_file, checkpoint):
    return init_pose_model(str(config_file), checkpoint, "cpu")


def people(boxes, **more):
    return [{"bbox": box, **more} for box in boxes]


def test_answers_have_mmposes_form(model, picture, boxes):
    given = [{"bbox": box, "track_id": i, "area": 7.0} for i, box in enumerate(boxes)]
    found, outputs = inference_top_down_pose_model(
        model,
        picture,
        given,
        return_heatmap=True,
        outputs=["backbone.stem", "keypoint_head"],
    )
    assert [person["track_id"] for person in found] == [0, 1, 2]
    assert found[0]["area"] == 7.0
    assert found[0]["keypoints"].shape == (17, 3)
    np.testing.assert_allclose(found[0]["bbox"], [20, 10, 60.5, 100])  # xyxy
    np.testing.assert_array_equal(given[0]["bbox"], boxes[0])  # what was given stays
    (maps,) = outputs
    assert maps["heatmap"].shape == (3, 17, 32, 24)
    assert maps["backbone.stem"].shape[0] == 6  # three people in two views, one batch
    assert isinstance(maps["keypoint_head"], np.ndarray)
    assert not model.backbone.stem._forward_hooks


def test_formats_and_files_are_one(model, picture, boxes, tmp_path):
    file = tmp_path / "a picture.png"
    cv2.imwrite(str(file), picture)
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    expected, _ = inference_top_down_pose_model(model, picture, people(boxes))
    for image in (picture, file, str(file)):
        found, outputs = inference_top_down_pose_model(model, image, people(corners), format="xyxy")
        assert outputs == [{}]
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a["keypoints"], b["keypoints"])
            np.testing.assert_array_equal(a["bbox"], b["bbox"])


def test_boxes_are_chosen_by_score(model, picture, boxes):
    scored = np.column_stack([boxes, [0.9, 0.3, 0.5]])
    found, _ = inference_top_down_pose_model(model, picture, people(scored), bbox_thr=0.3)
    assert [person["bbox"][4] for person in found] == [0.9, 0.5]
    assert inference_top_down_pose_model(model, picture, people(scored), bbox_thr=1) == ([], [])
    with pytest.raises(ValueError, match="five numbers"):
        inference_top_down_pose_model(model, picture, people(boxes), bbox_thr=0.3)


def test_no_boxes_and_no_list(model, picture):
    assert inference_top_down_pose_model(model, picture, []) == ([], [])
    (person,), _ = inference_top_down_pose_model(model, picture)
    np.testing.assert_array_equal(person["bbox"], [0, 0, 150, 120])


def test_mistakes_are_named(model, picture, boxes, tmp_path):
    with pytest.raises(ValueError, match="'cxcywh'"):
        inference_top_down_pose_model(model, picture, people(boxes), format="cxcywh")
    with pytest.raises(KeyError, match=r"no module 'backbone.stm'.*backbone.stem"):
        inference_top_down_pose_model(model, picture, people(boxes), outputs=["backbone.stm"])
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        inference_top_down_pose_model(model, tmp_path / "gone.png", people(boxes))
    with pytest.raises(ValueError, match="init_pose_model"):
        inference_top_down_pose_model(torch.nn.Linear(1, 1), picture)
    with pytest.raises(ValueError, match="4 numbers"):
        inference_top_down_pose_model(model, picture, people(boxes[:, :3]))


def test_other_joints_can_be_named(model, picture, boxes):
    """Their flip pairs count; here 16 joints meet 17 heatmaps."""
    for how in ({"dataset": "TopDownMpiiDataset"}, {"dataset_info": dataset_info_of(MPII_16)}):
        with pytest.raises(ValueError, match="17"):
            inference_top_down_pose_model(model, picture, people(boxes), **how)


def test_drawing(model, picture, boxes, tmp_path):
    found, _ = inference_top_down_pose_model(model, picture, people(boxes))
    for person in found:
        person["keypoints"][:, 2] = 0.9
    out = tmp_path / "new" / "drawn.png"
    drawn = vis_pose_result(model, picture, found, out_file=out)
    np.testing.assert_array_equal(cv2.imread(str(out)), drawn)
    assert (drawn != picture).any()
    without = vis_pose_result(model, picture, found, kpt_score_thr=0.95, bbox_color=None)
    np.testing.assert_array_equal(without, picture)

    def painted(radius, thickness):
        drawn = vis_pose_result(
            model, picture, found, radius=radius, thickness=thickness, bbox_color=None
        )
        return (drawn != picture).sum()

    assert painted(9, 2) > 1.2 * painted(2, 2)
    assert painted(2, 9) > 1.2 * painted(2, 2)


@pytest.mark.parametrize("boxes_of", ["gt", "det"])
def test_recorded_keypoints_of_real_people(real, shared_golden, repository, boxes_of):
    """The original's checkpoint and what the original found with it."""
    cfg = load_config(
        repository / "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py",
        {
            "data.test.ann_file": str(real / "coco/test_coco.json"),
            "data.test.img_prefix": f"{real}/coco/",
            "data.test.data_cfg.bbox_file": str(real / "coco/test_coco_det_AP_H_56.json"),
            "data.test.data_cfg.use_gt_bbox": boxes_of == "gt",
        },
    )
    model = init_pose_model(cfg, shared_golden / "original_coco_12_persons.pth", "cpu")
    recorded = json.loads((shared_golden / f"original_coco_12_persons_{boxes_of}.json").read_text())
    database = build_dataset(cfg.data.test, {"test_mode": True}).db
    rows = range(0, len(database), 1 if boxes_of == "gt" else 6)
    expected = np.array(recorded["preds"])[rows]
    found = np.zeros((len(database), 17, 3))
    for file in {person["image_file"] for person in database}:
        here = [i for i in rows if database[i]["image_file"] == file]
        given = [{"bbox": database[i]["bbox"], "row": i} for i in here]
        for person in inference_top_down_pose_model(model, file, given)[0]:
            found[person["row"]] = person["keypoints"]
    found = found[rows]
    distance = np.abs(found - expected)[..., :2].max(axis=-1)
    assert (distance < 0.05).mean() >= 0.995  # equal maxima may be a rounding apart
    np.testing.assert_allclose(found[..., 2], expected[..., 2], atol=2e-3)
