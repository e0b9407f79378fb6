"""Whole pictures: the same from the same seed, with labels that fit what is painted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.structures.coco import COCO_17
from models.synthetic.scene import draw_scene, generator
from models.synthetic.spec import Difficulty, SyntheticSpec


@pytest.fixture(scope="module")
def scenes(small) -> list:
    return [draw_scene(small, "train", index) for index in range(40)]


def test_a_picture_depends_on_seed_split_and_index_alone(small) -> None:
    one, again = draw_scene(small, "val", 5), draw_scene(small, "val", 5)
    np.testing.assert_array_equal(one.image, again.image)
    np.testing.assert_array_equal(one.people[0].coco, again.people[0].coco)
    for spec, split, index in (
        (small, "train", 5),
        (small, "val", 6),
        (replace(small, seed=4), "val", 5),
    ):
        other = draw_scene(spec, split, index)
        assert other.size != one.size or not np.array_equal(other.image, one.image)


def test_random_numbers_differ_by_purpose(small) -> None:
    assert generator(small, "val", 0).random() != generator(small, "val", 0, purpose=1).random()


def test_more_pictures_leave_the_first_as_they_were(small) -> None:
    one, other = draw_scene(small, "val", 1), draw_scene(replace(small, val=999), "val", 1)
    np.testing.assert_array_equal(one.image, other.image)


def test_labelled_joints_are_inside_and_others_zero(scenes) -> None:
    for scene in scenes:
        w, h = scene.size
        for person in scene.people:
            labelled = person.coco[:, 2] > 0
            x, y = person.coco[labelled, :2].T if labelled.any() else np.zeros((2, 1))
            assert min(x.min(), y.min()) >= 0 and x.max() <= w - 1 and y.max() <= h - 1
            assert not person.coco[~labelled].any()


def test_boxes_hold_the_labelled_joints(scenes) -> None:
    for scene in scenes:
        for person in scene.people:
            x, y, w, h = person.box
            assert min(x, y) >= 0 and x + w <= scene.size[0] and y + h <= scene.size[1]
            points = person.coco[person.coco[:, 2] > 0, :2]
            assert (points >= np.array((x, y)) - 1.5).all()
            assert (points <= np.array((x + w, y + h)) + 0.5).all()


def test_areas_are_positive_and_within_the_box(scenes) -> None:
    for scene in scenes:
        for person in scene.people:
            assert 0 < person.area <= person.box[2] * person.box[3]
            assert 0.0 < person.share <= 1.0


def test_from_the_front_left_joints_lie_to_the_right(small) -> None:
    left, right = (COCO_17.names.index(f"{side}_shoulder") for side in ("left", "right"))
    upright = replace(small, difficulty=Difficulty(unusual=0.0))
    checked = 0
    for index in range(30):
        for person in draw_scene(upright, "train", index).people:
            if person.seen == "side" or not (person.coco[[left, right], 2] > 0).all():
                continue
            gap = person.coco[left, 0] - person.coco[right, 0]
            assert gap > 0.0 if person.seen == "front" else gap < 0.0
            checked += 1
    assert checked > 20


def test_pictures_are_varied(scenes) -> None:
    people = [person for scene in scenes for person in scene.people]
    visibility = np.stack([person.coco[:, 2] for person in people])
    assert {len(scene.people) for scene in scenes} >= {1, 2, 3}
    assert {person.seen for person in people} == {"front", "side", "back"}
    assert (visibility == 1).any() and (visibility == 2).mean() > 0.6
    assert min(person.share for person in people) < 0.9


def test_the_number_of_people_follows_the_difficulty(small) -> None:
    alone = replace(small, difficulty=Difficulty(people=(1.0,), occluded=0.0, truncated=0.0))
    for index in range(8):
        (person,) = draw_scene(alone, "train", index).people
        assert person.share == 1.0


def test_two_people_may_overlap_only_so_far(small) -> None:
    apart = Difficulty(people=(0.0, 0.0, 1.0), overlap=0.0, occluded=0.0)
    for index in range(8):
        for person in draw_scene(replace(small, difficulty=apart), "train", index).people:
            assert person.share > 0.97


def test_people_too_small_to_see_are_not_annotated(small) -> None:
    specks = Difficulty(small=1.0, small_height=(0.02, 0.03))
    for index in range(5):
        assert draw_scene(replace(small, difficulty=specks), "train", index).people == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"train": -1},
        {"train": 0, "val": 0},
        {"form": "voc"},
        {"seed": -1},
        {"image_size": (50, 300)},
    ],
)
def test_wrong_specs_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"; (use|give) "):
        SyntheticSpec(**wrong)


def test_more_people_than_can_be_told_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="1 to 6"):
        Difficulty(people=(1.0,) * 7)
