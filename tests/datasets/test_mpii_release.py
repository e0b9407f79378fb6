"""People of MPII's release, with everything that it leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from models.datasets.mpii_release import read_people, read_release

EMPTY = np.zeros((0, 0))  # what MATLAB's [] is read as


def point(joint: int, x: float = 10.0, y: float = 20.0) -> dict:
    return {"x": x, "y": y, "id": joint, "is_visible": "0"}


def person(**changes) -> dict:
    """An `annorect`; a change to None takes the field away."""
    fields = {
        "x1": 5.0,
        "y1": 6.0,
        "x2": 15.0,
        "y2": 26.0,
        "annopoints": {"point": [point(0, 1.5, 2.5), point(9, 30, 40)]},
        "scale": 3.0,
        "objpos": {"x": 594, "y": 257},
    }
    return {key: value for key, value in (fields | changes).items() if value is not None}


def release(*annorects, **changes) -> dict:
    """One image per annorect."""
    annolist = [
        {"image": {"name": f"{i}.jpg"}, "annorect": annorect, "vididx": 40 + i}
        for i, annorect in enumerate(annorects)
    ]
    return {"annolist": annolist, "img_train": np.ones(len(annolist)), **changes}


def test_a_person_is_read_as_it_stands() -> None:
    (found,), left_out = read_people(release([person()]))
    assert (found.image, found.image_index, found.person_index) == ("0.jpg", 1, 1)
    assert found.video == 40
    assert (found.center, found.scale) == ([594, 257], 3)
    assert np.flatnonzero(found.visible).tolist() == [0, 9]  # labelled, whatever is_visible says
    assert found.joints[[0, 9]].tolist() == [[1.5, 2.5], [30, 40]]
    assert (found.joints[~found.visible] == -1).all()
    assert found.head_box.tolist() == [[5, 6], [15, 26]]
    assert not left_out


def test_one_person_and_one_point_arrive_without_their_lists() -> None:
    people, _ = read_people(release(person(annopoints={"point": point(3)})))
    assert np.flatnonzero(people[0].visible).tolist() == [3]


def test_one_image_arrives_without_its_list() -> None:
    one = release(person())
    people, _ = read_people({"annolist": one["annolist"][0], "img_train": 1})
    assert [found.image for found in people] == ["0.jpg"]


def test_places_count_from_one_over_all_entries() -> None:
    people, left_out = read_people(release(EMPTY, [person(scale=EMPTY), person(), person()]))
    assert [(p.image_index, p.person_index) for p in people] == [(2, 2), (2, 3)]
    assert left_out == {"people without position or scale": 1}  # and nobody in image 1


def test_only_images_with_public_labels_count() -> None:
    people, left_out = read_people(release([person()], [person()], img_train=np.array([0, 1])))
    assert [found.image for found in people] == ["1.jpg"]
    assert not left_out


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"annopoints": None}, "people without joints"),
        ({"annopoints": EMPTY}, "people without joints"),
        ({"annopoints": {"point": EMPTY}}, "people without joints"),
        ({"annopoints": {"point": [point(1, x=EMPTY)]}}, "people without joints"),
        ({"annopoints": {"point": [point(1, y=np.nan)]}}, "people without joints"),
        ({"scale": None}, "people without position or scale"),
        ({"scale": EMPTY}, "people without position or scale"),
        ({"scale": 0.0}, "people without position or scale"),
        ({"objpos": EMPTY}, "people without position or scale"),
        ({"objpos": {"x": 1.0, "y": EMPTY}}, "people without position or scale"),
    ],
)
def test_people_of_no_use_are_counted_by_reason(changes, reason) -> None:
    people, left_out = read_people(release([person(**changes), person()]))
    assert len(people) == 1
    assert left_out == {reason: 1}


def test_people_on_an_image_without_a_name_are_left_out() -> None:
    unnamed = release(person())
    unnamed["annolist"][0]["image"]["name"] = EMPTY
    assert read_people(unnamed) == ([], {"people without an image name": 1})


@pytest.mark.parametrize("changes", [{"x1": None}, {"y2": EMPTY}, {"x2": 5.0, "y2": 6.0}])
def test_a_head_without_extent_is_no_head(changes) -> None:
    (found,), _ = read_people(release(person(**changes)))
    assert found.head_box is None


@pytest.mark.parametrize("joint", [16, -1])
def test_an_unknown_joint_is_an_error(joint) -> None:
    bad = person(annopoints={"point": [point(joint)]})
    with pytest.raises(ValueError, match=rf"image 0\.jpg labels a joint {joint}"):
        read_people(release([bad]))


def test_lists_that_do_not_agree_are_an_error() -> None:
    with pytest.raises(ValueError, match="1 images but 2 entries of img_train"):
        read_people(release([person()], img_train=np.ones(2)))


def test_a_file_that_is_no_release_is_an_error(tmp_path) -> None:
    path = tmp_path / "release.mat"
    with pytest.raises(FileNotFoundError, match=r"release\.mat does not exist"):
        read_release(path)
    path.write_bytes(b"<html>not found</html>" * 10)
    with pytest.raises(ValueError, match="no readable MATLAB file"):
        read_release(path)
