"""Numbers stay with people, through occlusions and without a detector."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from models.inference.follow import follow
from models.inference.source import Frame
from models.inference.tracker import Tracker, assign
from models.structures.boxes import box_iou
from models.structures.coco import COCO_17
from models.structures.mpii import MPII_16
from models.synthetic.video import VideoSpec, draw_video

BODY = np.random.default_rng(5).uniform((0, 0), (40, 100), (17, 2))


def person(x, y=0.0, score=0.9, size=1.0, **more):
    pose = np.column_stack([BODY * size + (x, y), np.full(17, score)])
    return {
        "keypoints": pose,
        "bbox": np.array([x, y, x + 40 * size, y + 100 * size, 1.0]),
        **more,
    }


def numbers(people):
    return [p.get("track_id") for p in people]


def test_number_after_some_frames_and_passthrough():
    tracker = Tracker(COCO_17, min_hits=3)
    given = person(0, name="x")
    assert numbers(tracker.update([given])) == [None]
    assert numbers(tracker.update([given])) == [None]
    (found,) = tracker.update([given])
    assert found["track_id"] == 1
    assert found["name"] == "x"
    assert "track_id" not in given


def test_false_alarm_gets_none_and_numbers_are_not_used_again():
    tracker = Tracker(COCO_17, min_hits=2, max_lost=2)
    for _ in range(3):
        tracker.update([person(0)])
    tracker.update([person(0), person(400)])  # once only
    for _ in range(4):
        tracker.update([])
    tracker.update([person(0)])
    assert numbers(tracker.update([person(0), person(400)])) == [2, None]


def test_two_who_cross_with_one_hidden():
    tracker = Tracker(COCO_17, min_hits=1)
    seen = []
    for t in range(40):
        left, right = person(10.0 * t), person(400 - 10.0 * t, size=1.1)
        hidden = abs(10.0 * t - (400 - 10.0 * t)) < 60
        seen.append(numbers(tracker.update([right] if hidden else [left, right])))
    assert [2] in seen
    assert {tuple(ids) for ids in seen} == {(1, 2), (2,)}


def test_unseen_move_on():
    tracker = Tracker(COCO_17, min_hits=1, max_lost=10)
    for t in range(6):
        tracker.update([person(20.0 * t)])
    for _ in range(8):
        tracker.update([])
    assert numbers(tracker.update([person(20.0 * 14)])) == [1]


def test_lost_for_too_long():
    tracker = Tracker(COCO_17, min_hits=1, max_lost=3)
    tracker.update([person(0)])
    for _ in range(4):
        tracker.update([])
    assert numbers(tracker.update([person(0)])) == [2]


def test_uncertain_poses_are_paired_by_boxes():
    tracker = Tracker(COCO_17, min_hits=1)
    tracker.update([person(0, score=0.1), person(300, score=0.1)])
    assert numbers(tracker.update([person(304, score=0.1), person(3, score=0.1)])) == [2, 1]


def test_one_person_found_twice():
    tracker = Tracker(COCO_17, min_hits=1)
    tracker.update([person(0)])
    double = person(2, score=0.95)
    assert numbers(tracker.update([double, person(0)])) == [1]
    assert len(tracker.update([person(0), person(60)])) == 2


def test_sure_pairs_come_first():
    """Two middling pairs must not outweigh a sure one, or numbers change places."""
    tracker = Tracker(COCO_17, oks_thr=0.3)
    oks = np.array([[0.9, 0.5], [0.66, 0.0]])
    known = np.array([[True, True], [True, False]])
    overlap = np.array([[0.9, 0.6], [0.7, 0.8]])
    assert tracker._pairs(oks, known, overlap) == {0: 0, 1: 1}


def test_half_hidden_pose_does_not_change_the_velocity():
    tracker = Tracker(COCO_17, min_hits=1)
    for t in range(8):
        tracker.update([person(5.0 * t)])
    before = tracker._tracks[0].velocity.copy()
    tracker.update([person(5.0 * 8 + 6)])
    assert np.array_equal(tracker._tracks[0].velocity, before)
    tracker.update([person(5.0 * 9 + 8)])
    assert not np.array_equal(tracker._tracks[0].velocity, before)


def test_boxes_for_the_next_frame():
    tracker = Tracker(COCO_17)
    tracker.update([person(0)])
    tracker.update([person(10)])
    (box,) = tracker.boxes(padding=0.1)
    moved = BODY + np.array((20, 0))
    low, high = moved.min(0), moved.max(0)
    room = 0.1 * (high - low).max()
    np.testing.assert_allclose(box, [*(low - room), *(high + room), 1], rtol=1e-5)
    tracker.update([])
    assert tracker.boxes().shape == (0, 5)


def test_unsure_when_people_meet_or_are_lost():
    tracker = Tracker(COCO_17, min_hits=1)
    tracker.update([person(0), person(200)])
    assert not tracker.is_unsure
    tracker.update([person(0)])
    assert tracker.is_unsure
    for _ in range(5):
        tracker.update([person(0)])
    assert not tracker.is_unsure
    tracker.update([person(0), person(15, 10)])
    assert tracker.is_unsure


def test_nobody_and_joints_without_sigmas():
    assert Tracker(COCO_17).update([]) == []
    bare = dataclasses.replace(MPII_16, sigmas=None)
    tracker = Tracker(bare, min_hits=1)
    someone = {"keypoints": np.ones((16, 3)), "bbox": np.array([0, 0, 9.0, 9.0])}
    assert numbers(tracker.update([someone])) == [1]


def test_bad_input():
    with pytest.raises(ValueError, match=r"a pose is \(16, 3\); 'coco' needs \(17, 3\)"):
        Tracker(COCO_17).update([{"keypoints": np.zeros((16, 3)), "bbox": np.zeros(4)}])
    with pytest.raises(ValueError, match="give 0 to 1"):
        Tracker(COCO_17, iou_thr=3)
    with pytest.raises(ValueError, match="count frames"):
        Tracker(COCO_17, min_hits=0)


def test_assign():
    assert assign(np.array([[0.2, 0.9], [0.8, 0.85]]), 0.3) == {0: 1, 1: 0}
    assert assign(np.zeros((0, 3)), 0.3) == {}


SPEC = VideoSpec(frames=160, people=3, size=(320, 180), seed=4)


@pytest.fixture(scope="module")
def film():
    """Boxes, true people and detections of a film in which people pass behind each other."""
    return [
        ([(n, p) for n, p in zip(f.ids, f.scene.people, strict=True)], f.detections)
        for f in draw_video(SPEC)
    ]


@pytest.mark.parametrize("detect_every", [1, 5])
def test_no_number_changes_hands_in_a_film(film, detect_every):
    """The network answers with whoever fills a box most, give or take 1.5 % of their size."""
    rng = np.random.default_rng(0)
    asked = []

    def detect(image, name):
        asked.append(int(name))
        boxes = [[x, y, x + w, y + h, score] for (x, y, w, h), score in film[int(name)][1]]
        return np.reshape(boxes, (-1, 5))

    def predict(image, boxes):
        true = film[image[0, 0, 0]][0]
        corners = np.array([[x, y, x + w, y + h] for x, y, w, h in (p.box for _, p in true)])
        found = []
        for box in boxes:
            number, who = true[int(box_iou(box[None, :4], corners)[0].argmax())]
            pose = who.coco.copy()
            pose[:, :2] += rng.normal(0, 0.015 * who.box[3], (17, 2))
            pose[:, 2] = np.choose(pose[:, 2].astype(int), (0.1, 0.5, 0.9))
            found.append({"keypoints": pose, "bbox": box, "true": number})
        return found

    frames = [Frame(str(i), i, np.full((1, 1, 1), i, np.uint8)) for i in range(len(film))]
    given: dict[int, set[int]] = {}
    numbered = 0
    for followed in follow(frames, detect, predict, Tracker(COCO_17), None, detect_every, 25.0):
        for p in followed.people:
            if "track_id" in p:
                given.setdefault(p["true"], set()).add(p["track_id"])
                numbered += 1
    hidden = sum(len(people) < 3 for people, _ in film)
    assert hidden >= 5, "nobody was hidden; choose another seed"
    assert sorted(map(len, given.values())) == [1, 1, 1], given
    assert len(set.union(*given.values())) == 3
    assert numbered > 0.9 * sum(len(people) for people, _ in film)
    assert len(asked) < len(film) or detect_every == 1


def test_follow_asks_the_detector_now_and_then():
    asked = []

    def detect(image, name):
        asked.append(int(name))
        return np.array([[0, 0, 40, 100, 1.0]])

    frames = [Frame(str(i), i, np.zeros((1, 1, 3), np.uint8)) for i in range(12)]
    predict = lambda image, boxes: [person(0) for _ in boxes]  # noqa: E731
    list(follow(frames, detect, predict, Tracker(COCO_17), None, 4))
    assert asked == [0, 4, 8]
    asked.clear()
    nobody = lambda image, name: (asked.append(int(name)), np.zeros((0, 5)))[1]  # noqa: E731
    list(follow(frames[:3], nobody, predict, Tracker(COCO_17), None, 4))
    assert asked == [0, 1, 2]
    with pytest.raises(ValueError, match="give 1 or more"):
        list(follow(frames, detect, predict, Tracker(COCO_17), None, 0))
