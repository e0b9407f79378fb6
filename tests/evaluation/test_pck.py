"""The percentage of correct keypoints, on numbers that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.pck import normalized_distances, pck


def test_distances_are_in_units_of_each_length() -> None:
    predicted = np.zeros((2, 1, 2))
    labelled = np.full((2, 1, 2), [3.0, 4.0])
    assert normalized_distances(predicted, labelled, [5.0, 10.0]).tolist() == [[1.0], [0.5]]


def test_per_joint_and_weighted_whole() -> None:
    distances = [[0.5, 0.1], [0.6, 0.1], [0.2, 9.0]]
    visible = [[1, 1], [1, 0], [1, 0]]
    per_joint, whole = pck(distances, visible, 0.5)  # exactly at the threshold is correct
    assert per_joint == pytest.approx([100 * 2 / 3, 100.0], rel=1e-12)
    assert whole == pytest.approx(100 * 3 / 4, rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_a_joint_labelled_nowhere_does_not_poison_the_whole() -> None:
    per_joint, whole = pck([[0.1, 0.1]], [[1, 0]], 0.5)
    assert per_joint[0] == 100
    assert np.isnan(per_joint[1])
    assert whole == 100


@pytest.mark.filterwarnings("error")
def test_nothing_labelled_is_nan() -> None:
    assert np.isnan(pck([[0.1]], [[0]], 0.5)[1])


@pytest.mark.parametrize("length", [0.0, -1.0, np.nan])
def test_a_length_that_measures_nothing_is_an_error(length) -> None:
    with pytest.raises(ValueError, match="instance 1 has length"):
        normalized_distances(np.zeros((2, 1, 2)), np.zeros((2, 1, 2)), [1.0, length])


def test_shapes_that_differ_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"must be \(N, K, 2\)"):
        normalized_distances(np.zeros((2, 1, 2)), np.zeros((2, 2, 2)), [1.0, 1.0])
    with pytest.raises(ValueError, match=r"lengths \(1,\) must be"):
        normalized_distances(np.zeros((2, 1, 2)), np.zeros((2, 1, 2)), [1.0])
