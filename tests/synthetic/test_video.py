"""A film: the same from the same seed, smooth, with people behind each other and true numbers."""

from __future__ import annotations

import numpy as np
import pytest

from models.synthetic.video import VideoSpec, draw_video

SPEC = VideoSpec(frames=100, people=3, size=(200, 120), seed=0)


@pytest.fixture(scope="module")
def film():
    return list(draw_video(SPEC))


def test_frames_have_their_size_and_repeat(film):
    assert len(film) == 100
    assert film[0].scene.image.shape == (120, 200, 3)
    again = next(draw_video(SPEC))
    assert np.array_equal(again.scene.image, film[0].scene.image)
    assert again.detections == film[0].detections
    other = next(draw_video(VideoSpec(frames=1, size=(200, 120), seed=1)))
    assert not np.array_equal(other.scene.image, film[0].scene.image)


def test_numbers_are_of_people_and_some_are_hidden(film):
    assert {number for frame in film for number in frame.ids} == {1, 2, 3}
    assert all(len(frame.ids) == len(frame.scene.people) for frame in film)
    assert 0 < sum(len(frame.ids) < 3 for frame in film) < 50


def test_joints_move_smoothly(film):
    last: dict[int, np.ndarray] = {}
    for frame in film:
        now = {n: p.coco for n, p in zip(frame.ids, frame.scene.people, strict=True)}
        for number in now.keys() & last.keys():
            both = (now[number][:, 2] > 0) & (last[number][:, 2] > 0)
            step = np.linalg.norm(now[number][both, :2] - last[number][both, :2], axis=1)
            assert step.max(initial=0) < 0.08 * SPEC.size[1]
        last = now


def test_picture_changes_where_people_are_only(film):
    first, second = (f.scene.image.astype(int) for f in film[50:52])
    changed = np.abs(first - second).max(axis=-1) > 30
    inside = np.zeros(changed.shape, bool)
    for frame in film[50:52]:
        for person in frame.scene.people:
            x, y, w, h = map(int, person.box)
            inside[max(y - 3, 0) : y + h + 3, max(x - 3, 0) : x + w + 3] = True
    assert changed.any()
    assert not (changed & ~inside).any()


def test_nobody():
    frame = next(draw_video(VideoSpec(frames=1, people=0, size=(96, 96))))
    assert frame.ids == ()


@pytest.mark.parametrize(
    "wrong", [{"frames": 0}, {"fps": 0}, {"people": 7}, {"size": (20, 300)}, {"seed": -1}]
)
def test_no_such_film(wrong):
    with pytest.raises(ValueError, match="use"):
        VideoSpec(**wrong)
