"""Samples taken out of the pipeline are those that the network gets."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.analysis.samples import annotation_of, choose, draw
from models.datasets import build_dataset
from models.runtime.seed import mix, seeded

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
TENSOR = [{"type": "ToTensor"}, {"type": "NormalizeTensor", "mean": MEAN, "std": STD}]
TARGET = [
    {"type": "TopDownGenerateTarget"},
    {"type": "Collect", "keys": ["img", "target", "target_weight"]},
]


def pipeline(*more: dict, tensor: list[dict] = TENSOR) -> list[dict]:
    return [{"type": "LoadImageFromFile"}, *more, {"type": "TopDownAffine"}, *tensor, *TARGET]


RANDOM = (
    {"type": "TopDownRandomFlip", "flip_prob": 0.5},
    {"type": "TopDownGetRandomScaleRotation", "rot_factor": 30, "rot_prob": 1},
)
SHIFTED = {"type": "TopDownRandomShiftBboxCenter", "shift_factor": 0, "prob": 0}


@pytest.fixture
def dataset(tmp_path: Path, standing):
    """Makes a data set of three people in two pictures, with a pipeline's steps."""
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), rng.integers(0, 256, (200, 200, 3), np.uint8))
    standing[5, 2] = 1
    entry = {"category_id": 1, "bbox": [60, 10, 80, 180], "iscrowd": 0, "area": 9000}
    people = [
        {**entry, "id": 10 + i, "image_id": image, "keypoints": (standing + shift).ravel().tolist()}
        for i, (image, shift) in enumerate([(1, 0), (1, np.array([5, 0, 0])), (2, 0)])
    ]
    images = [
        {"id": i, "file_name": f"{name}.png", "width": 200, "height": 200}
        for i, name in ((1, "a"), (2, "b"))
    ]
    (tmp_path / "labels.json").write_text(json.dumps({"images": images, "annotations": people}))

    def make(steps: list[dict]):
        return build_dataset(
            {
                "type": "TopDownCocoDataset",
                "ann_file": str(tmp_path / "labels.json"),
                "img_prefix": f"{tmp_path}/",
                "data_cfg": {"image_size": [96, 128], "heatmap_size": [24, 32]},
                "pipeline": steps,
            }
        )

    return make


def test_choice_goes_through_pictures_first(dataset):
    data = dataset(pipeline(SHIFTED))
    for seed in range(5):
        two = choose(data, 2, seed)
        assert {data.picture_of(i)[-5] for i in two} == {"a", "b"}
    assert choose(data, 9, 0) == [0, 1, 2]
    assert choose(data, 1, 3) == choose(data, 1, 3)


def test_a_draw_follows_from_its_seed(dataset):
    data = dataset(pipeline(SHIFTED, *RANDOM))
    first, again, other = (draw(data, 0, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.target, again.target)
    assert first.how == again.how
    assert (first.image != other.image).any()
    assert (draw(data, 1, 4).joints != first.joints).any()


@pytest.mark.parametrize("tensor", [TENSOR, [{"type": "ToTensor", "keep_uint8": True}]])
def test_the_picture_is_the_crop_before_normalisation(dataset, tensor):
    data = dataset(pipeline(SHIFTED, *RANDOM, tensor=tensor))
    shown = draw(data, 2, 0)
    with seeded(mix(0, 2)):
        image = data[2]["img"]
    if tensor is TENSOR:
        image = (image.numpy() * np.reshape(STD, (3, 1, 1)) + np.reshape(MEAN, (3, 1, 1))) * 255
    crop = np.rint(np.asarray(image)).astype(np.uint8).transpose(1, 2, 0)[..., ::-1]
    np.testing.assert_array_equal(shown.image, crop)


def test_joints_lie_where_their_targets_peak(dataset):
    data = dataset(pipeline(SHIFTED, *RANDOM))
    for seed in range(4):
        made = draw(data, 0, seed)
        for joint, heatmap in zip(made.joints, made.target, strict=True):
            if 0 <= joint[0] < 95 and 0 <= joint[1] < 127:
                y, x = np.unravel_index(heatmap.argmax(), heatmap.shape)
                np.testing.assert_allclose(joint[:2] / 4, (x, y), atol=0.51)


def test_occluded_joints_follow_the_mirror(dataset):
    data = dataset(pipeline(SHIFTED, {"type": "TopDownRandomFlip", "flip_prob": 1.0}))
    (person, _), _ = (image.people for image in data.annotated())
    mirrored = draw(data, 0, 0, person)
    assert np.flatnonzero(mirrored.joints[:, 2] == 1).tolist() == [6]  # was the left shoulder
    assert "mirrored" in mirrored.how
    plain = draw(dataset(pipeline(SHIFTED)), 0, 0, person)
    assert np.flatnonzero(plain.joints[:, 2] == 1).tolist() == [5]
    assert plain.how == "zoom 1.00"


def test_annotation_of_a_sample(dataset):
    data = dataset(pipeline(SHIFTED))
    people = data.annotated()[0].people
    assert [annotation_of(data, i, people).id for i in (0, 1)] == [10, 11]
    assert annotation_of(data, 1, people[:1]) is None


def test_pipeline_without_targets(dataset):
    steps = [*pipeline(SHIFTED)[:-2], {"type": "Collect", "keys": ["img"]}]
    assert draw(dataset(steps), 0, 0).target is None
