"""Planted faults are found, each as what it is, and sound annotations are not."""

from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.analysis.findings import Finding, report, summary, worst
from models.analysis.suspicious import find_suspicious
from models.datasets import AnnotatedImage
from models.structures import COCO_17


def kinds(*images: AnnotatedImage) -> list[str]:
    return [finding.kind for finding in find_suspicious(images, COCO_17)]


def test_sound_people(person, picture, standing):
    beside = standing + np.array((30, 3, 0))
    other = person(id=2, joints=beside, bbox=np.array([95.0, 18.0, 70.0, 170.0]))
    assert kinds(picture(person(), other), picture()) == []


def test_a_little_outside_is_no_fault(person, picture, standing):
    standing[9] = 135 + 0.14 * 170, 98, 2  # of the box
    standing[15] = 114, 200, 2  # of the picture, by half a pixel and rounding
    assert kinds(picture(person(joints=standing))) == []


def test_joint_outside_its_box(person, picture, standing):
    standing[9] = 135 + 0.2 * 170, 98, 1
    (finding,) = find_suspicious([picture(person(joints=standing))], COCO_17)
    assert (finding.kind, finding.joints) == ("outside box", ("left_wrist",))
    assert finding.severity == pytest.approx(0.2)
    standing[9, 2] = 0
    assert kinds(picture(person(joints=standing))) == []


@pytest.mark.parametrize("place", [(-3.0, 98.0), (100.0, 203.0)])
def test_joint_outside_the_picture(person, picture, standing, place):
    standing[9, :2] = place
    wide = person(joints=standing, bbox=np.array([-10.0, 0.0, 150.0, 210.0]))
    (finding,) = find_suspicious([picture(wide)], COCO_17)
    assert (finding.kind, finding.joints) == ("outside picture", ("left_wrist",))


def test_size_read_from_the_picture(person, picture, tmp_path):
    file = str(tmp_path / "a.png")
    cv2.imwrite(file, np.zeros((150, 200, 3), np.uint8))
    assert kinds(picture(person(), file=file, size=None)) == ["outside picture"]
    missing = picture(person(), file=str(tmp_path / "b.png"), size=None)
    (finding,) = find_suspicious([missing], COCO_17)
    assert finding.kind == "unreadable"
    assert "b.png" in finding.why


def test_tiny_box_and_no_joints(person, picture, standing):
    tiny = standing * (0.1, 0.1, 1)
    small = person(joints=tiny, bbox=np.array([6.0, 1.0, 8.0, 18.0]))
    assert kinds(picture(small)) == ["tiny box"]
    assert kinds(picture(person(joints=np.zeros((17, 3)), bbox=np.zeros(4)))) == ["no joints"]


def test_duplicates(person, picture, standing):
    double = person(id=2, joints=standing + np.array((0.3, 0, 0)))
    (finding,) = find_suspicious([picture(person(), double)], COCO_17)
    assert (finding.kind, finding.id, finding.other_id) == ("duplicate", 1, 2)
    near = person(id=2, joints=standing + np.array((6, 0, 0)))
    assert kinds(picture(person(), near)) == []
    assert kinds(picture(person()), picture(person(), file="b.jpg")) == []
    standing[4:, 2] = 0  # a pose of which little is labelled may agree with many
    assert kinds(picture(person(), person(id=2, joints=standing))) == []
    standing[2:, 2] = 0
    pair = person(joints=standing), person(id=2, joints=standing)
    assert kinds(picture(*pair)) == []


def test_exchanged_sides(person, picture, standing):
    joints = standing.copy()
    joints[[5, 6]] = standing[[6, 5]]
    (finding,) = find_suspicious([picture(person(), person(id=7, joints=joints))], COCO_17)
    assert (finding.kind, finding.id) == ("sides", 7)
    assert "left_shoulder" in finding.joints


def test_order_and_progress(person, picture, standing):
    worse, bad = standing.copy(), standing.copy()
    worse[9, 0], bad[9, 0] = 195, 180
    empty = person(id=3, joints=np.zeros((17, 3)))
    people = empty, person(id=1, joints=bad), person(id=2, joints=worse)
    steps = []
    found = find_suspicious([picture(*people), picture()], COCO_17, lambda: steps.append(1))
    assert [finding.id for finding in found] == [2, 1, 3]
    assert len(steps) == 2


def finding(kind: str, number: int, severity: float = 1.0) -> Finding:
    return Finding(kind, "a.jpg", number, [0.0, 0.0, 9.0, 9.0], (), "why", severity)


def test_worst_gives_every_kind_a_share():
    many = [finding("no joints", i) for i in range(50)]
    few = [finding("sides", 100, 2.0), finding("sides", 101, 3.0), finding("tiny box", 101)]
    chosen = worst([*many, *few], 4)
    assert [(f.kind, f.id) for f in chosen[:2]] == [("sides", 101), ("sides", 100)]
    assert [f.kind for f in chosen[2:]] == ["no joints", "no joints"]
    assert worst([replace(finding("unreadable", 1), bbox=None)], 4) == []
    assert len(worst(many, 100)) == 50


def test_report_is_json():
    found = [finding("sides", 1), finding("tiny box", 2), finding("tiny box", 3)]
    told = json.loads(json.dumps(report(found, 9)))
    assert told["people"] == 9
    assert told["kinds"]["tiny box"]["found"] == 2
    assert told["findings"][0]["id"] == 1
    assert "2  tiny box" in summary(found, 9)


def test_real_labels(real):
    from models.datasets.annotated import annotated_coco

    content = json.loads((real / "coco" / "test_coco.json").read_text())
    images = {image["id"]: image for image in content["images"]}
    found = annotated_coco(content["annotations"], images, 17, str(real / "coco"), 1)
    assert kinds(*found) == ["no joints", "no joints"]
