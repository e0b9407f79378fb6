"""Visibility follows from what was painted over a joint, and from where the face points."""

from __future__ import annotations

import numpy as np
import pytest

from models.structures.coco import COCO_17
from models.structures.mpii import MPII_16
from models.synthetic.canvas import Canvas, paint_polygon
from models.synthetic.figure import paint_figure
from models.synthetic.labels import OCCLUDED, OUTSIDE, VISIBLE, coco_joints, measure, mpii_joints
from models.synthetic.skeleton import Limb

GRAY = np.full(3, 128.0, dtype=np.float32)


def painted(body, size: int = 300) -> Canvas:
    canvas = Canvas(np.zeros((size, size, 3)))
    paint_figure(canvas, body, 0)
    return canvas


def joint(joints: np.ndarray, name: str) -> np.ndarray:
    return joints[COCO_17.names.index(name)]


def test_all_joints_of_someone_facing_us_are_visible(body) -> None:
    person = body()
    joints = coco_joints(person, painted(person).owner, 0, 1.0)
    assert (joints[:, 2] == VISIBLE).sum() >= 15  # long hair may hide the ears
    for name in ("nose", "left_eye", "right_eye", "left_wrist", "right_hip", "left_ankle"):
        assert joint(joints, name)[2] == VISIBLE
        np.testing.assert_allclose(joint(joints, name)[:2], person.point(name))


def test_a_face_turned_away_is_not_labelled_but_the_body_is(body) -> None:
    person = body(yaw=180.0)
    joints = coco_joints(person, painted(person).owner, 0, 1.0)
    for name in ("nose", "left_eye", "right_eye"):
        np.testing.assert_array_equal(joint(joints, name), (0, 0, OUTSIDE))
    for name in ("left_shoulder", "right_shoulder", "left_hip", "left_knee"):
        assert joint(joints, name)[2] == VISIBLE


@pytest.mark.parametrize(
    ("yaw", "near", "far"), [(72.0, "right", "left"), (-72.0, "left", "right")]
)
def test_from_the_side_the_far_eye_is_gone_and_the_far_shoulder_hidden(
    body, yaw, near, far
) -> None:
    person = body(yaw=yaw)
    joints = coco_joints(person, painted(person).owner, 0, 1.0)
    assert joint(joints, f"{far}_eye")[2] == OUTSIDE
    assert joint(joints, f"{near}_eye")[2] == VISIBLE
    assert joint(joints, f"{near}_shoulder")[2] == VISIBLE
    assert joint(joints, f"{far}_shoulder")[2] == OCCLUDED


def test_an_object_over_a_joint_makes_it_occluded(body) -> None:
    person = body()
    canvas = painted(person)
    x, y = person.point("left_wrist")
    box = np.array(((x - 9, y - 9), (x + 9, y - 9), (x + 9, y + 9), (x - 9, y + 9)))
    paint_polygon(canvas, box, GRAY, Canvas.OBJECT)
    joints = coco_joints(person, canvas.owner, 0, 0.95)
    assert joint(joints, "left_wrist")[2] == OCCLUDED
    assert joint(joints, "right_wrist")[2] == VISIBLE
    mostly_hidden = coco_joints(person, canvas.owner, 0, 0.3)
    assert joint(mostly_hidden, "left_wrist")[2] == OUTSIDE


def test_another_person_over_a_joint_makes_it_occluded(body) -> None:
    person, other = body(), body(at=(185.0, 150.0))
    canvas = painted(person)
    paint_figure(canvas, other, 1)
    assert joint(coco_joints(person, canvas.owner, 0, 0.8), "left_elbow")[2] == OCCLUDED
    assert joint(coco_joints(other, canvas.owner, 1, 1.0), "left_elbow")[2] == VISIBLE


def test_an_arm_behind_the_back_is_occluded(body) -> None:
    behind = Limb(raise_side=0.0, swing=-35.0, bend=100.0, twist=80.0)
    person = body(left_arm=behind)
    joints = coco_joints(person, painted(person).owner, 0, 1.0)
    assert joint(joints, "left_wrist")[2] == OCCLUDED


def test_joints_off_the_picture_are_zero(body) -> None:
    person = body(at=(150.0, 260.0))
    joints = coco_joints(person, painted(person).owner, 0, 1.0)
    np.testing.assert_array_equal(joint(joints, "left_ankle"), (0, 0, OUTSIDE))
    assert joint(joints, "left_hip")[2] == VISIBLE


def test_mpii_joints_agree_with_coco_where_they_name_the_same(body) -> None:
    person = body()
    owner = painted(person).owner
    coco, mpii = coco_joints(person, owner, 0, 1.0), mpii_joints(person, owner, 0, 1.0)
    named = dict(zip(MPII_16.names, mpii, strict=True))
    for name, values in zip(COCO_17.names, coco, strict=True):
        if name in named:
            np.testing.assert_array_equal(named[name], values)
    np.testing.assert_allclose(
        named["pelvis"][0], 0.5 * (named["left_hip"][0] + named["right_hip"][0])
    )
    heights = [named[name][1] for name in ("head_top", "upper_neck", "thorax", "pelvis")]
    assert np.diff(heights).min() > 5.0
    assert all(named[name][2] == VISIBLE for name in ("head_top", "upper_neck", "pelvis"))


def test_box_area_and_share_are_those_of_the_pixels(body) -> None:
    person = body()
    canvas = Canvas(np.zeros((300, 300, 3)))
    paint_figure(canvas, person, 0)
    silhouette = canvas.begin_silhouette()
    whole = measure(silhouette, canvas.owner, 0)
    x, y, w, h = whole.box
    rows, columns = np.nonzero(silhouette)
    assert (x, y, x + w - 1, y + h - 1) == (
        columns.min(),
        rows.min(),
        columns.max(),
        rows.max(),
    )
    assert (whole.area, whole.share) == (silhouette.sum(), 1.0)
    lower = np.array(((0, 150), (300, 150), (300, 300), (0, 300)))
    paint_polygon(canvas, lower, GRAY, Canvas.OBJECT)
    half = measure(silhouette, canvas.owner, 0)
    assert half.box == whole.box
    assert half.area == pytest.approx(silhouette[:150].sum(), rel=0.02)
    assert half.share == pytest.approx(half.area / silhouette.sum())


def test_nobody_inside_measures_nothing() -> None:
    empty = np.zeros((5, 5), dtype=bool)
    assert measure(empty, empty.astype(np.uint8), 0) is None
