"""Labelled persons of a COCO-format file: who counts, and what is an error."""

import numpy as np
import pytest

from models.datasets.annotations import images_by_id, labelled_persons

IMAGES = {50: {"id": 50, "width": 80, "height": 60}, 51: {"id": 51, "width": 80, "height": 60}}
KEYPOINTS = [v for j in range(17) for v in (12 + j, 6 + j, j % 3)]


def entry(**changes):
    return {
        "id": 9,
        "image_id": 50,
        "iscrowd": 0,
        "area": 300.0,
        "bbox": [10, 5, 20, 30],
        "keypoints": KEYPOINTS,
        **changes,
    }


def read(*entries):
    return labelled_persons(entries, IMAGES, 17, "train.json")


def test_joints_visibility_and_box():
    (person,), left_out = read(entry())
    assert not left_out
    assert person["image_id"] == 50
    np.testing.assert_array_equal(person["joints_3d"][16], [28, 22, 0])
    np.testing.assert_array_equal(
        person["joints_3d_visible"][:3], [[0, 0, 0], [1, 1, 0], [1, 1, 0]]
    )
    np.testing.assert_array_equal(person["bbox"], [10, 5, 19, 29])
    assert {a.dtype for a in person.values() if hasattr(a, "dtype")} == {np.dtype(np.float32)}


def test_persons_come_image_by_image():
    persons, _ = read(entry(image_id=51, bbox=[1, 1, 9, 9]), entry(), entry(bbox=[2, 2, 9, 9]))
    assert [p["bbox"][0] for p in persons] == [10, 2, 1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iscrowd": 1}, "crowd"),
        ({"iscrowd": 1, "keypoints": None}, "crowd"),
        ({"area": 0}, "empty"),
        ({"bbox": [10, 5, 0, 30]}, "empty"),
        ({"bbox": [10, 5, -3, 30]}, "empty"),
        ({"bbox": [90, 5, 20, 30]}, "outside"),
        ({"keypoints": [7, 7, 0] * 17}, "visible"),
    ],
)
def test_who_is_left_out(changes, reason):
    persons, left_out = read(entry(), entry(**changes))
    assert len(persons) == 1
    ((text, count),) = left_out.items()
    assert reason in text
    assert count == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"keypoints": None}, "annotation 9 has no 'keypoints'; use a keypoint file"),
        ({"keypoints": KEYPOINTS[:-3]}, "annotation 9 has 48 keypoint numbers, not 3 × 17"),
        ({"keypoints": [float("nan"), *KEYPOINTS[1:]]}, "annotation 9 .*NaN"),
        ({"keypoints": [float("inf"), *KEYPOINTS[1:]]}, "annotation 9 .*infinite"),
        ({"bbox": [float("nan"), 5, 20, 30]}, "annotation 9 has a box or area that is NaN"),
        ({"area": float("nan")}, "annotation 9 has a box or area that is NaN"),
        ({"bbox": [10, 5, 20]}, "annotation 9 needs a 'bbox'"),
        ({"image_id": 77}, "annotation 9 is of image 77"),
    ],
)
def test_errors_name_file_and_annotation(changes, message):
    with pytest.raises(ValueError, match=rf"train\.json: {message}"):
        read(entry(**changes))


def test_image_without_size_is_an_error():
    with pytest.raises(ValueError, match="image 50 has no 'width'"):
        labelled_persons([entry()], {50: {"id": 50}}, 17, "train.json")


@pytest.mark.parametrize("content", [[], {}, {"images": []}])
def test_file_of_another_format(content):
    with pytest.raises(ValueError, match=r"train\.json lists no 'images'"):
        images_by_id(content, "train.json")


def test_image_without_file_name():
    with pytest.raises(ValueError, match=r"train\.json: images\[1\] needs 'id' and 'file_name'"):
        images_by_id({"images": [{"id": 1, "file_name": "a"}, {"id": 2}]}, "train.json")
