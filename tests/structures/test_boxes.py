"""A person's box → center and scale of the crop; the clip of labelled boxes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.structures.boxes import (
    box_iou,
    box_to_center_scale,
    clip_box,
    xywh_to_xyxy,
    xyxy_to_xywh,
)


@pytest.mark.parametrize(
    ("box", "center", "scale"),
    [
        ([10, 20, 30, 20], [25, 30], [30, 40]),  # too wide: the height grows
        ([10, 20, 30, 80], [25, 60], [60, 80]),  # too tall: the width grows
        ([10, 20, 30, 40], [25, 40], [30, 40]),  # just right
        ([10, 20, 0, 40], [10, 40], [30, 40]),  # a line has an extent
    ],
)
def test_short_side_is_widened_about_the_center(box, center, scale):
    got_center, got_scale = box_to_center_scale(box, aspect_ratio=0.75)
    np.testing.assert_allclose(got_center, center)
    np.testing.assert_allclose(got_scale, np.array(scale) / 200 * 1.25)
    assert got_center.dtype == got_scale.dtype == np.float32


def test_padding_scales_the_crop_only():
    center, scale = box_to_center_scale([10, 20, 30, 40], 0.75, padding=2)
    np.testing.assert_allclose(center, [25, 40])
    np.testing.assert_allclose(scale, [0.3, 0.4])


@pytest.mark.parametrize("boxes", ["coco_val_gt", "coco_test_det"])
def test_reference_boxes(golden, boxes):
    boxes = json.loads((golden / "boxes.json").read_text())[boxes]
    center, scale = box_to_center_scale([box["bbox"] for box in boxes], 192 / 256)
    # The reference is rounded to six decimals, of coordinates up to 640 in float32.
    np.testing.assert_allclose(center, [box["center"] for box in boxes], atol=4e-5)
    np.testing.assert_allclose(scale, [box["scale"] for box in boxes], atol=1e-6)


@pytest.mark.parametrize(
    ("box", "cure"),
    [
        ([10, 20, 0, 0], "remove it"),
        ([10, 20, -3, 40], "remove it"),
        ([10, np.nan, 3, 40], "remove it"),
        ([10, 20, 30], r"\(x, y, w, h\)"),
    ],
)
def test_unusable_box_is_named(box, cure):
    with pytest.raises(ValueError, match=cure):
        box_to_center_scale(box, 0.75)


def test_one_unusable_box_among_many_is_named():
    with pytest.raises(ValueError, match=r"\[1\.0, 2\.0, 0\.0, 0\.0\]"):
        box_to_center_scale([[5, 5, 5, 5], [1, 2, 0, 0]], 0.75)


@pytest.mark.parametrize("wrong", [{"aspect_ratio": 0}, {"aspect_ratio": 1, "padding": -1}])
def test_aspect_and_padding_are_checked(wrong):
    with pytest.raises(ValueError, match="above 0"):
        box_to_center_scale([1, 2, 3, 4], **wrong)


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        ([10, 20, 30, 40], [10, 20, 29, 39]),  # within the image, and yet one pixel smaller
        ([0, 0, 100, 80], [0, 0, 99, 79]),
        ([-5, -6, 30, 40], [0, 0, 29, 39]),  # the size is not shortened by what was cut off
        ([90, 70, 30, 40], [90, 70, 9, 9]),
        ([10, 20, 1, 40], None),
        ([99, 20, 30, 40], None),
        ([200, 20, 30, 40], None),
    ],
)
def test_clip(box, clipped):
    got = clip_box(box, width=100, height=80)
    if clipped is None:
        assert got is None
    else:
        np.testing.assert_array_equal(got, clipped)


def test_clip_checks_image_and_box():
    with pytest.raises(ValueError, match="width 0"):
        clip_box([1, 2, 3, 4], 0, 80)
    with pytest.raises(ValueError, match=r"shape \(1, 4\)"):
        clip_box([[1, 2, 3, 4]], 100, 80)


def test_corners_of_boxes():
    box = [[10.5, 20, 30, 40, 0.9]]
    corners = xywh_to_xyxy(box)
    np.testing.assert_array_equal(corners, [[10.5, 20, 40.5, 60, 0.9]])
    np.testing.assert_array_equal(xyxy_to_xywh(corners), box)


def test_overlap_of_boxes():
    boxes = [[0, 0, 10, 10], [3, 3, 3, 3]]
    others = [[5, 0, 15, 10, 0.9], [0, 0, 10, 10, 0.5], [20, 0, 30, 9, 1], [0, 5, 10, 20, 1]]
    expected = [[50 / 150, 1, 0, 50 / 200], [0, 0, 0, 0]]
    np.testing.assert_allclose(box_iou(boxes, others), expected, rtol=1e-15)
    assert box_iou(np.zeros((0, 4)), others).shape == (0, 4)
    assert box_iou([[3, 3, 3, 3]], [[3, 3, 3, 3]]) == 0
