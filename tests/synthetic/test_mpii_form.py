"""The MPII form: json and ground truth agree, count from 1, and look like the published ones."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.io import loadmat

from models.synthetic.mpii_form import SHORT_NAMES, mpii_annotations, write_mpii_ground_truth


@pytest.fixture
def entries(folder) -> list[dict]:
    return json.loads((folder / "mpii" / "annotations" / "mpii_val.json").read_text())


@pytest.fixture
def truth(folder) -> dict:
    return loadmat(folder / "mpii" / "annotations" / "mpii_gt_val.mat")


RECORD = {
    "index": 2,
    "people": [
        {
            "mpii": [[10.0 + k, 20.0 + k, 2] for k in range(15)] + [[0.0, 0.0, 0]],
            "box": [5.0, 10.0, 40.0, 101.0],
            "head_box": [[11.0, 12.0], [31.0, 42.0]],
        },
        {  # too little of this one is labelled
            "mpii": [[1.0, 1.0, 2]] * 5 + [[0.0, 0.0, 0]] * 11,
            "box": [0.0, 0.0, 9.0, 9.0],
            "head_box": [[0.0, 0.0], [5.0, 5.0]],
        },
    ],
}


def test_coordinates_count_from_one_and_missing_joints_are_minus_one() -> None:
    (entry,) = mpii_annotations([RECORD], "val")
    assert entry["image"] == "val/000003.jpg"
    assert entry["joints"][0] == [11.0, 21.0]
    assert entry["joints"][15] == [-1.0, -1.0]
    assert entry["joints_vis"] == [1] * 15 + [0]


def test_center_and_scale_lead_the_reader_to_the_middle_of_the_box() -> None:
    (entry,) = mpii_annotations([RECORD], "val")
    assert entry["scale"] * 200 == pytest.approx(101.0)
    # what readers of MPII do: lower the center by 15 px a scale, count from 0
    x, y = entry["center"][0] - 1.0, entry["center"][1] + 15.0 * entry["scale"] - 1.0
    assert (x, y) == pytest.approx((5.0 + 19.5, 10.0 + 50.0), abs=1e-3)


def test_ground_truth_of_one_record(tmp_path) -> None:
    write_mpii_ground_truth([RECORD], tmp_path / "truth.mat")
    truth = loadmat(tmp_path / "truth.mat")
    assert truth["pos_gt_src"].shape == (16, 2, 1)
    np.testing.assert_array_equal(truth["pos_gt_src"][3, :, 0], (14.0, 24.0))
    np.testing.assert_array_equal(truth["jnt_missing"][:, 0], [0] * 15 + [1])
    np.testing.assert_array_equal(truth["headboxes_src"][:, :, 0], ((12, 13), (32, 43)))


def test_json_and_ground_truth_agree(entries, truth) -> None:
    n = len(entries)
    assert n > 20
    joints = np.array([entry["joints"] for entry in entries])
    np.testing.assert_array_equal(truth["pos_gt_src"].transpose(2, 0, 1), joints)
    seen = np.array([entry["joints_vis"] for entry in entries])
    np.testing.assert_array_equal(1 - truth["jnt_missing"].T, seen)
    assert truth["headboxes_src"].shape == (2, 2, n)
    assert (truth["headboxes_src"][1] > truth["headboxes_src"][0]).all()


def test_pictures_of_all_entries_are_there(entries, folder) -> None:
    assert all((folder / entry["image"]).is_file() for entry in entries)


def test_both_forms_place_a_joint_one_pixel_apart(entries, folder) -> None:
    coco = json.loads((folder / "annotations" / "person_keypoints_val.json").read_text())
    wrists = {
        (round(a["keypoints"][27] + 1.0, 2), round(a["keypoints"][28] + 1.0, 2))
        for a in coco["annotations"]
    }
    left_wrists = [tuple(e["joints"][15]) for e in entries if e["joints_vis"][15]]
    assert len(left_wrists) > 15
    assert set(left_wrists) <= wrists


def test_a_set_without_people_is_written(tmp_path) -> None:
    write_mpii_ground_truth([], tmp_path / "truth.mat")
    assert loadmat(tmp_path / "truth.mat")["headboxes_src"].size == 0


def test_the_ground_truth_has_the_published_fields(truth, shared_golden) -> None:
    published = loadmat(shared_golden / "mpii_pckh" / "mpii_gt_val.mat")
    for name in ("dataset_joints", "jnt_missing", "pos_gt_src", "headboxes_src"):
        assert truth[name].shape[:-1] == published[name].shape[:-1]
        assert truth[name].dtype == published[name].dtype
    names = [str(cell[0]) for cell in published["dataset_joints"][0]]
    assert tuple(names) == SHORT_NAMES
    assert [str(cell[0]) for cell in truth["dataset_joints"][0]] == names


def test_entries_have_the_published_fields(entries, real) -> None:
    published = json.loads((real / "mpii" / "test_mpii.json").read_text())
    assert set(entries[0]) == set(published[0])
