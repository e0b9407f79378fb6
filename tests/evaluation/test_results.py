"""The batches of a run become one table: in order, each box once, every number finite."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.results import gather


def batch(bbox_ids: list[int], **changes) -> dict:
    """Poses of two joints that carry their box's id as x."""
    size = len(bbox_ids)
    preds = np.zeros((size, 2, 3), dtype=np.float32)
    preds[..., 0] = np.reshape(bbox_ids, (-1, 1))
    boxes = np.ones((size, 6), dtype=np.float32)
    paths = [f"{i}.jpg" for i in bbox_ids]
    return {"preds": preds, "boxes": boxes, "bbox_ids": bbox_ids, "image_paths": paths, **changes}


def test_sorted_by_box_and_each_once() -> None:
    second = batch([2, 1])
    second["preds"][1, :, 1] = 9  # the later answer for box 1
    table = gather([batch([3, 1]), second])
    assert table.bbox_ids.tolist() == [1, 2, 3]
    assert table.images == ["1.jpg", "2.jpg", "3.jpg"]
    assert table.poses[:, 0, 0].tolist() == [1, 2, 3]
    assert table.poses[0, 0, 1] == 0
    assert table.poses.dtype == np.float64
    assert len(table) == 3


def test_box_ids_that_start_anew_in_each_image_are_different_boxes() -> None:
    images = [f"{i}.jpg" for i in range(40)]
    table = gather([batch([0] * 40, image_paths=images), batch([1] * 40, image_paths=images)])
    assert table.images == [*images, *images]


def test_image_ids_are_preferred_to_paths() -> None:
    assert gather([batch([4], image_ids=[785])]).images == [785]


def test_no_batches_are_an_empty_table() -> None:
    assert len(gather([])) == 0


@pytest.mark.parametrize("key", ["preds", "boxes"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_not_finite_names_the_image_and_the_cure(key, value) -> None:
    bad = batch([5, 6])
    bad[key][1].flat[0] = value
    with pytest.raises(ValueError, match=r"image 6\.jpg.*box 6.*1 of 3.*earlier checkpoint"):
        gather([batch([4]), bad])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"preds": np.zeros((1, 2, 3))}, r"preds of batch 0 must be \(2, K, 3\)"),
        ({"preds": np.zeros((2, 2, 2))}, r"preds of batch 0 must be \(2, K, 3\)"),
        ({"boxes": np.zeros((2, 4))}, r"boxes of batch 0 must be \(2, 6\)"),
        ({"image_paths": ["1.jpg"]}, "names 1 images for 2 boxes"),
    ],
)
def test_shapes_that_do_not_agree(changes, message) -> None:
    with pytest.raises(ValueError, match=message):
        gather([batch([1, 2], **changes)])


def test_batches_of_different_joints_are_an_error() -> None:
    with pytest.raises(ValueError, match="number of joints"):
        gather([batch([1]), batch([2], preds=np.zeros((1, 3, 3)))])


@pytest.mark.parametrize("key", ["preds", "boxes", "bbox_ids", "image_paths"])
def test_a_missing_entry_is_named(key) -> None:
    lacking = batch([1])
    del lacking[key]
    with pytest.raises(KeyError, match=f"batch 0 of the results has n.*'{key}'"):
        gather([lacking])
