"""MPII's PCKh, against the reference and on people drawn by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from models.evaluation.mpii import (
    MAT_NAMES,
    MpiiGroundTruth,
    evaluate_mpii,
    evaluate_pckh,
    load_mpii_ground_truth,
    save_mpii_ground_truth,
)
from models.structures.mpii import MPII_16

ROWS = ["Head", "Shoulder", "Elbow", "Wrist", "Hip", "Knee", "Ankle", "PCKh", "PCKh@0.1"]


def truth_of(people: int) -> MpiiGroundTruth:
    """Labels at whole pixels; heads of 60 × 80 px: a size of 0.6 · 100 = 60 px."""
    corners = np.array([[10.0, 20.0], [70.0, 100.0]])
    return MpiiGroundTruth(
        joints=np.random.randint(1, 300, (people, 16, 2)).astype(np.float64),
        visible=np.ones((people, 16), dtype=bool),
        head_boxes=np.tile(corners, (people, 1, 1)),
    )


@pytest.fixture
def written(tmp_path):
    """Writes a ground truth and returns its path."""

    def write(truth: MpiiGroundTruth):
        path = tmp_path / "mpii_gt_val.mat"
        save_mpii_ground_truth(path, truth)
        return path

    return write


def test_reference(golden) -> None:
    folder = golden / "mpii_pckh"
    expected = json.loads((folder / "pckh.json").read_text())
    table = evaluate_pckh(np.load(folder / "preds.npz")["preds"], folder / "mpii_gt_val.mat")
    assert list(table) == list(expected) == ROWS
    # the reference keeps the 0.1 row's percentages in float32
    assert list(table.values()) == pytest.approx(list(expected.values()), abs=1e-6)


def test_predictions_count_pixels_from_zero(written) -> None:
    truth = truth_of(3)
    table = evaluate_pckh(truth.joints - 1, written(truth))
    assert table["PCKh"] == table["PCKh@0.1"] == 100
    off = truth.joints - 1 + [0.11 * 60 + 0.5, 0]  # half a pixel farther than the inner circle
    assert evaluate_pckh(off, written(truth))["PCKh@0.1"] == 0
    assert evaluate_pckh(off - [1, 0], written(truth))["PCKh@0.1"] == 100


@pytest.mark.parametrize(("pixels", "correct"), [(29.99, 100), (30.01, 0)])
def test_half_a_head_is_the_limit(written, pixels, correct) -> None:
    truth = truth_of(2)
    table = evaluate_pckh(truth.joints - 1 + [pixels, 0], written(truth))
    assert table["PCKh"] == table["Head"] == table["Ankle"] == correct


def test_pelvis_and_thorax_have_no_part(written) -> None:
    truth = truth_of(2)
    preds = truth.joints - 1
    preds[:, [6, 7]] += 1000
    assert evaluate_pckh(preds, written(truth))["PCKh"] == 100


def test_each_row_is_its_own_pair(written) -> None:
    truth = truth_of(1)
    rows = {"Ankle": (0, 5), "Knee": (1, 4), "Hip": (2, 3), "Head": (9,)}
    rows |= {"Wrist": (10, 15), "Elbow": (11, 14), "Shoulder": (12, 13)}
    for row, joints in rows.items():
        preds = truth.joints - 1
        preds[:, joints[0]] += 1000
        table = evaluate_pckh(preds, written(truth))
        assert table[row] == (50 if len(joints) == 2 else 0)
        assert sum(table[other] for other in rows) == 600 + table[row]
        assert table["PCKh"] == pytest.approx(100 * 13 / 14, rel=1e-12)


def test_the_mean_is_weighted_by_labels(written) -> None:
    truth = truth_of(4)
    truth.visible[1:, 9] = False  # one head labelled of four
    preds = truth.joints - 1
    preds[:, 9] += 1000
    table = evaluate_pckh(preds, written(truth))
    assert table["Head"] == 0
    assert table["PCKh"] == pytest.approx(100 * 52 / 53, rel=1e-12)


def test_a_joint_labelled_nowhere_does_not_poison_the_mean(written) -> None:
    truth = truth_of(2)
    truth.visible[:, [9, 10]] = False
    table = evaluate_pckh(truth.joints - 1, written(truth))
    assert np.isnan(table["Head"])
    assert table["Wrist"] == 100  # by the other wrist
    assert table["PCKh"] == 100


def test_names_follow_the_joints_of_the_set() -> None:
    short = {"ankle": "ank", "knee": "kne", "hip": "hip", "wrist": "wri", "elbow": "elb"}
    short |= {"shoulder": "sho"}
    for name, joint in zip(MAT_NAMES, MPII_16.names, strict=True):
        side, _, part = joint.partition("_")
        if side in ("left", "right"):
            assert name == side[0] + short[part]
        else:
            assert name in ("pelv", "thor", "neck", "head")


@pytest.mark.parametrize("people", [1, 3])
def test_written_and_read_again(written, people) -> None:
    truth = truth_of(people)
    truth.visible[0, 3] = False
    again = load_mpii_ground_truth(written(truth))
    assert len(again) == people
    np.testing.assert_array_equal(again.joints, truth.joints)
    np.testing.assert_array_equal(again.visible, truth.visible)
    np.testing.assert_array_equal(again.head_boxes, truth.head_boxes)


def test_written_as_published(golden, written) -> None:
    published = loadmat(golden / "mpii_pckh/mpii_gt_val.mat")
    path = written(load_mpii_ground_truth(golden / "mpii_pckh/mpii_gt_val.mat"))
    ours = loadmat(path)
    for key in ("jnt_missing", "pos_gt_src", "headboxes_src"):
        np.testing.assert_array_equal(ours[key], published[key])
    assert ours["dataset_joints"].tolist() == published["dataset_joints"].tolist()


def test_tables_of_one_person_without_their_last_axis(tmp_path, written) -> None:
    truth = truth_of(1)
    content = loadmat(written(truth))
    squeezed = tmp_path / "squeezed.mat"  # as MATLAB saves them
    savemat(
        squeezed,
        {
            "dataset_joints": content["dataset_joints"],
            "jnt_missing": content["jnt_missing"],
            "pos_gt_src": content["pos_gt_src"][..., 0],
            "headboxes_src": content["headboxes_src"][..., 0],
        },
    )
    assert evaluate_pckh(truth.joints - 1, squeezed)["PCKh"] == 100


def test_a_run_is_put_in_order_and_kept(tmp_path, written) -> None:
    truth = truth_of(3)
    preds = np.concatenate([truth.joints - 1, np.ones((3, 16, 1))], axis=2)
    order = [2, 0, 1, 0]  # box 0 twice, as when processes pad their shares
    batch = {
        "preds": preds[order],
        "boxes": np.ones((4, 6)),
        "image_paths": [f"{i}.jpg" for i in order],
        "bbox_ids": order,
    }
    assert evaluate_mpii([batch], written(truth), tmp_path)["PCKh"] == 100
    np.testing.assert_allclose(loadmat(tmp_path / "pred.mat")["preds"], truth.joints)


def test_a_missing_file_says_where_it_comes_from(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.mat does not exist.*mpii_mat2json\.py"):
        evaluate_pckh(np.zeros((1, 16, 2)), tmp_path / "none.mat")


def test_another_number_of_people_is_an_error(written) -> None:
    path = written(truth_of(3))
    with pytest.raises(ValueError, match=r"for 2 people, but .*mpii_gt_val\.mat labels 3"):
        evaluate_pckh(np.zeros((2, 16, 2)), path)


@pytest.mark.parametrize("shape", [(3, 17, 2), (16, 2), (3, 16, 1)])
def test_predictions_of_another_shape_are_an_error(written, shape) -> None:
    with pytest.raises(ValueError, match=r"must be \(N, 16, 2 or 3\)"):
        evaluate_pckh(np.zeros(shape), written(truth_of(3)))


def test_nan_is_an_error(written) -> None:
    truth = truth_of(3)
    preds = truth.joints - 1
    preds[1, 0, 0] = np.nan
    with pytest.raises(ValueError, match=r"person 1 is NaN or infinite.*earlier checkpoint"):
        evaluate_pckh(preds, written(truth))


def test_a_ground_truth_without_labels_is_an_error(written) -> None:
    truth = truth_of(2)
    truth.visible[:, [i for i in range(16) if i not in (6, 7)]] = False
    with pytest.raises(ValueError, match="labels no joint"):
        evaluate_pckh(truth.joints, written(truth))


def test_an_empty_run_is_an_error(written) -> None:
    with pytest.raises(ValueError, match="answered nothing"):
        evaluate_mpii([], written(truth_of(1)))


def test_a_file_that_is_no_ground_truth_is_an_error(tmp_path, written) -> None:
    path = tmp_path / "bytes.mat"
    path.write_bytes(b"no MATLAB file at all" * 20)
    with pytest.raises(ValueError, match="no readable MATLAB file"):
        load_mpii_ground_truth(path)
    savemat(path, {"preds": np.zeros(3)})
    with pytest.raises(ValueError, match="no variable 'dataset_joints'"):
        load_mpii_ground_truth(path)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("dataset_joints", np.array([MAT_NAMES[::-1]], dtype=object), "in this order"),
        ("pos_gt_src", np.zeros((16, 2, 3)), r"pos_gt_src of .* must be \(16, 2, 2\)"),
        ("headboxes_src", np.zeros((2, 2, 3)), r"headboxes_src of .* must be \(2, 2, 2\)"),
    ],
)
def test_a_table_that_does_not_fit_is_named(written, key, value, message) -> None:
    path = written(truth_of(2))
    content = {k: v for k, v in loadmat(path).items() if not k.startswith("__")}
    savemat(path, {**content, key: value})
    with pytest.raises(ValueError, match=message):
        load_mpii_ground_truth(path)
