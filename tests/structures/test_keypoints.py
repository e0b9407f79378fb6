"""Keypoint sets: the two published ones, and those that a config describes."""

from __future__ import annotations

import copy
import dataclasses
import json

import numpy as np
import pytest

from models.structures.coco import COCO_17
from models.structures.keypoints import (
    LEFT_COLOR,
    MIDDLE_COLOR,
    RIGHT_COLOR,
    dataset_info_of,
    keypoint_set_from_info,
)
from models.structures.mpii import MPII_16

INFO = {
    "dataset_name": "stick",
    "keypoint_info": {
        0: {"name": "head", "id": 0, "color": [1, 2, 3], "type": "upper", "swap": ""},
        1: {
            "name": "right_foot",
            "id": 1,
            "color": [4, 5, 6],
            "type": "lower",
            "swap": "left_foot",
        },
        2: {
            "name": "left_foot",
            "id": 2,
            "color": [7, 8, 9],
            "type": "lower",
            "swap": "right_foot",
        },
        3: {"name": "tail", "id": 3, "color": [0, 0, 0], "type": "", "swap": ""},
    },
    "skeleton_info": {
        0: {"link": ("head", "left_foot"), "id": 0, "color": [0, 255, 0]},
        1: {"link": ("head", "right_foot"), "id": 1, "color": [255, 128, 0]},
    },
    "joint_weights": [1, 1.5, 1.5, 1],
    "sigmas": [0.026, 0.089, 0.089, 0.1],
}


@pytest.mark.parametrize(("keypoints", "joints"), [(COCO_17, 17), (MPII_16, 16)])
def test_published_sets_are_symmetric(keypoints, joints):
    assert keypoints.num_joints == joints
    np.testing.assert_array_equal(keypoints.flip_index[keypoints.flip_index], np.arange(joints))
    mirrored = [keypoints.names[i] for i in keypoints.flip_index]
    other_side = {"left": "right", "right": "left"}
    expected = [
        "_".join(other_side.get(part, part) for part in name.split("_")) for name in keypoints.names
    ]
    assert mirrored == expected
    for values in (keypoints.joint_weights, keypoints.sigmas):
        np.testing.assert_array_equal(values[keypoints.flip_index], values)
    links = {frozenset(link) for link in keypoints.skeleton}
    assert {frozenset(keypoints.flip_index[[*link]]) for link in links} == links
    assert sorted(keypoints.upper_body + keypoints.lower_body) == list(range(joints))


def test_published_sets_have_the_published_numbers():
    assert COCO_17.upper_body == tuple(range(11))
    assert MPII_16.upper_body == tuple(range(7, 16))
    assert MPII_16.flip_pairs == ((0, 5), (1, 4), (2, 3), (10, 15), (11, 14), (12, 13))
    coco_sigmas = [26, 25, 25, 35, 35, 79, 79, 72, 72, 62, 62, 107, 107, 87, 87, 89, 89]
    np.testing.assert_allclose(COCO_17.sigmas, np.array(coco_sigmas) / 1000)
    assert COCO_17.joint_weights.sum() == pytest.approx(9 * 1 + 4 * 1.2 + 4 * 1.5)


def test_colors_tell_the_side():
    assert COCO_17.colors[COCO_17.names.index("left_knee")] == LEFT_COLOR
    assert COCO_17.colors[COCO_17.names.index("right_knee")] == RIGHT_COLOR
    assert COCO_17.colors[COCO_17.names.index("nose")] == MIDDLE_COLOR
    link_color = dict(zip(COCO_17.skeleton, COCO_17.link_colors, strict=True))
    assert link_color[(15, 13)] == LEFT_COLOR  # left ankle, left knee
    assert link_color[(0, 2)] == RIGHT_COLOR  # nose, right eye
    assert link_color[(11, 12)] == MIDDLE_COLOR  # hip to hip


def test_dataset_info_is_read():
    stick = keypoint_set_from_info(INFO)
    assert stick.name == "stick"
    assert stick.names == ("head", "right_foot", "left_foot", "tail")
    assert stick.flip_pairs == ((1, 2),)
    assert stick.flip_index.tolist() == [0, 2, 1, 3]
    assert (stick.upper_body, stick.lower_body) == ((0,), (1, 2))
    assert stick.skeleton == ((0, 2), (0, 1))
    assert stick.colors == ((1, 2, 3), (4, 5, 6), (7, 8, 9), (0, 0, 0))
    assert stick.link_colors == ((0, 255, 0), (255, 128, 0))
    np.testing.assert_allclose(stick.joint_weights, [1, 1.5, 1.5, 1])
    np.testing.assert_allclose(stick.sigmas, [0.026, 0.089, 0.089, 0.1])
    assert (stick.joint_weights.dtype, stick.sigmas.dtype) == (np.float32, np.float64)


def test_dataset_info_keys_from_json_may_be_text_and_unordered():
    info = copy.deepcopy(INFO)
    info["keypoint_info"] = {str(i): info["keypoint_info"][i] for i in (3, 1, 0, 2)}
    assert keypoint_set_from_info(info).names == ("head", "right_foot", "left_foot", "tail")


def test_dataset_info_may_be_short():
    short = keypoint_set_from_info({"keypoint_info": {0: {"name": "left_tip"}, 1: {"name": "tip"}}})
    assert short.flip_pairs == short.skeleton == short.upper_body == ()
    assert short.sigmas is None
    assert short.joint_weights.tolist() == [1, 1]
    assert short.colors == (LEFT_COLOR, MIDDLE_COLOR)


def changed(*path_and_value):
    *path, last, value = path_and_value
    info = copy.deepcopy(INFO)
    section = info
    for key in path:
        section = section[key]
    if value is None:
        del section[last]
    else:
        section[last] = value
    return info


@pytest.mark.parametrize(
    ("info", "error", "named"),
    [
        (changed("keypoint_info", None), KeyError, "no keypoint_info"),
        (changed("keypoint_info", 1, "name", None), KeyError, r"keypoint_info\[1\] has no 'name'"),
        (changed("keypoint_info", 0, None), ValueError, r"\[1, 2, 3\]"),
        (changed("keypoint_info", 1, "swap", "left_foto"), KeyError, "left_foto"),
        (changed("keypoint_info", 1, "swap", ""), ValueError, "other way round"),
        (changed("keypoint_info", 1, "type", "uper"), ValueError, "'uper'"),
        (changed("keypoint_info", 3, "name", "head"), ValueError, "two joints are called 'head'"),
        (changed("keypoint_info", 1, "color", None), ValueError, "3 of 4"),
        (changed("skeleton_info", 0, "link", ("head", "hand")), KeyError, "'hand'"),
        (changed("skeleton_info", 0, "link", None), KeyError, r"skeleton_info\[0\] has no 'link'"),
        (changed("sigmas", [0.1]), ValueError, "1 sigmas; there must be 4"),
        (changed("joint_weights", [1, 1]), ValueError, "2 joint_weights; there must be 4"),
    ],
)
def test_mistakes_in_dataset_info_are_named(info, error, named):
    with pytest.raises(error, match=named):
        keypoint_set_from_info(info)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("skeleton", ((0, 17),), "skeleton has joint 17"),
        ("upper_body", (-1,), "upper_body has joint -1"),
        ("flip_pairs", ((1, 2), (2, 3)), "use a joint twice"),
        ("colors", ((0, 0, 0),), "1 colors; there must be 17"),
        ("link_colors", ((0, 0, 0),), "1 link_colors; there must be 19"),
        ("names", ("nose",) * 17, "two joints are called 'nose'"),
    ],
)
def test_inconsistent_sets_are_refused(field, value, named):
    with pytest.raises(ValueError, match=named):
        dataclasses.replace(COCO_17, **{field: value})


def test_shared_numbers_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        COCO_17.sigmas[0] = 1


@pytest.mark.parametrize("keypoints", [COCO_17, MPII_16], ids=["coco", "mpii"])
def test_dataset_info_says_all_about_joints(keypoints):
    info = json.loads(json.dumps(dataset_info_of(keypoints)))
    read = keypoint_set_from_info(info)
    for field in dataclasses.fields(keypoints):
        np.testing.assert_array_equal(getattr(read, field.name), getattr(keypoints, field.name))
