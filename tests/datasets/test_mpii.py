"""MPII's format, from file to persons to scores."""

import json
import shutil

import numpy as np
import pytest

from models.datasets import TopDownMpiiDataset
from models.evaluation import load_mpii_ground_truth


def test_center_is_lowered_scale_padded_and_pixels_counted_from_0(mpii, folder):
    (person,) = mpii().db
    np.testing.assert_allclose(person["center"], [39, 30 + 15 * 0.2 - 1])
    np.testing.assert_allclose(person["scale"], [0.25, 0.25])
    np.testing.assert_allclose(person["joints_3d"][2], [12, 22, 0])
    np.testing.assert_array_equal(person["joints_3d_visible"][14:], [[1, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(person["bbox"], [39 - 20, 32 - 20, 40, 40], rtol=1e-5)
    assert person["image_file"] == str(folder / "1.png")
    assert (person["bbox_id"], person["bbox_score"], person["rotation"]) == (0, 1.0, 0.0)


def test_unknown_center_is_left_alone(mpii):
    (person,) = mpii(center=[-1, -1]).db
    np.testing.assert_array_equal(person["center"], [-2, -2])
    np.testing.assert_allclose(person["scale"], [0.2, 0.2])


def test_crop_of_another_aspect_holds_the_square(mpii):
    (person,) = mpii(image_size=(96, 128)).db
    np.testing.assert_allclose(person["scale"], [0.25, 0.25 / 0.75], rtol=1e-6)


def test_test_set_has_no_joints(mpii):
    (person,) = mpii(test_mode=True, joints=None, joints_vis=None).db
    assert not person["joints_3d_visible"].any()
    with pytest.raises(ValueError, match="person 0 has no 'joints'"):
        mpii(joints=None, joints_vis=None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scale": None}, "has no 'scale'"),
        ({"image": None}, "has no 'image'"),
        ({"scale": 0}, "scale 0; they must be"),
        ({"scale": float("nan")}, "scale nan"),
        ({"center": [1.0, float("inf")]}, "has center"),
        ({"center": [1.0]}, "has center"),
        ({"joints": [[1.0, 2.0]] * 15}, r"joints of shape \(15, 2\)"),
        ({"joints_vis": [1] * 17}, r"joints_vis of shape \(17,\)"),
        ({"joints": [[1.0, float("nan")]] * 16}, "joint that is NaN"),
    ],
)
def test_errors_name_file_and_person(mpii, changes, message):
    with pytest.raises(ValueError, match=rf"mpii_val\.json: person 0 .*{message}"):
        mpii(**changes)


@pytest.mark.parametrize("content", [[], {"annolist": []}])
def test_file_of_another_form(folder, pipeline, write, content):
    with pytest.raises(ValueError, match=r"other\.json must be a json list .*mpii_mat2json"):
        TopDownMpiiDataset(
            write("other.json", content), str(folder), {"image_size": [128, 128]}, pipeline
        )


def test_scores_are_those_of_the_ground_truth_beside_the_file(mpii, golden, folder):
    """Five recorded answers; boxes arrive in another order."""
    shutil.copy(golden / "mpii_pckh" / "mpii_gt_val.mat", folder)
    recorded = np.load(golden / "mpii_pckh" / "preds.npz")
    preds = recorded[recorded.files[0]]
    expected = json.loads((golden / "mpii_pckh" / "pckh.json").read_text())
    order = np.random.permutation(len(preds))
    batch = {
        "preds": preds[order],
        "boxes": np.ones((len(preds), 6)),
        "image_paths": ["1.png"] * len(preds),
        "bbox_ids": order.tolist(),
    }
    scores = mpii(test_mode=True).evaluate([batch], str(folder), "PCKh")
    assert scores == pytest.approx(expected, abs=1e-6)
    beside = mpii(test_mode=True).beside_labels([batch])
    assert beside.bbox_ids.tolist() == list(range(len(preds)))
    np.testing.assert_array_equal(beside.poses, preds)


def test_perfect_answers_have_the_full_score(mpii, golden, folder):
    shutil.copy(golden / "mpii_pckh" / "mpii_gt_val.mat", folder)
    joints = load_mpii_ground_truth(folder / "mpii_gt_val.mat").joints - 1.0
    batch = {
        "preds": np.concatenate([joints, np.ones((*joints.shape[:2], 1))], axis=-1),
        "boxes": np.ones((len(joints), 6)),
        "image_paths": ["1.png"] * len(joints),
        "bbox_ids": list(range(len(joints))),
    }
    dataset = mpii(test_mode=True)
    scores = dataset.evaluate([batch], str(folder), "PCKh")
    assert scores[dataset.key_indicator] == pytest.approx(dataset.FULL_SCORE)


def test_missing_ground_truth_is_named_before_the_test(mpii):
    with pytest.raises(FileNotFoundError, match=r"mpii_gt_val\.mat"):
        mpii(test_mode=True)
    assert len(mpii()) == 1  # training needs none


def test_people_are_the_originals(real, golden, pipeline):
    expected = json.loads((golden / "boxes.json").read_text())["mpii_train"]
    dataset = TopDownMpiiDataset(
        str(real / "mpii" / "test_mpii.json"),
        str(real / "mpii"),
        {"image_size": [256, 256]},
        pipeline,
    )
    assert len(dataset) == len(expected)
    for person, row in zip(dataset.db, expected, strict=True):
        assert person["image_file"].endswith(row["image"])
        for key in ("center", "scale"):
            np.testing.assert_allclose(person[key], row[key], rtol=0, atol=1e-4)
        np.testing.assert_allclose(person["joints_3d"][:, :2], row["joints"], atol=1e-4)
        np.testing.assert_array_equal(person["joints_3d_visible"][:, 0], row["visible"])
