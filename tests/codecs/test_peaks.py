"""The highest cell of a heatmap, typed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.peaks import heatmap_peaks, is_inside, slopes

HEATMAP = np.array(
    [
        [0.0, 0.1, 0.2, 0.1],
        [0.1, 0.3, 0.9, 0.4],
        [0.0, 0.2, 0.5, 0.9],
    ],
    dtype=np.float32,
)


def test_peak_is_a_point_and_the_first_of_equals():
    coords, scores = heatmap_peaks(HEATMAP[None, None])
    assert coords.tolist() == [[[2, 1]]]
    assert scores.tolist() == [[[np.float32(0.9)]]]
    assert (coords.dtype, scores.dtype) == (np.float32, np.float32)


def test_every_instance_and_joint_has_its_own_peak():
    heatmaps = np.zeros((2, 3, 5, 7))
    cells = [(n, k, (2 * n + k) % 5, n + 2 * k) for n in range(2) for k in range(3)]
    for n, k, row, column in cells:
        heatmaps[n, k, row, column] = 1
    coords, _ = heatmap_peaks(heatmaps)
    assert all(coords[n, k].tolist() == [column, row] for n, k, row, column in cells)


def test_nothing_above_zero_is_no_peak():
    coords, scores = heatmap_peaks(np.stack([np.zeros((3, 4)), np.full((3, 4), -1.0)])[None])
    assert coords.tolist() == [[[-1, -1], [-1, -1]]]
    assert scores.tolist() == [[[0], [-1]]]


@pytest.mark.parametrize("shape", [(3, 4), (1, 0, 3, 4), (1, 2, 0, 4)])
def test_heatmaps_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(N, K, H, W\)"):
        heatmap_peaks(np.zeros(shape))


def test_slopes_are_of_each_map_itself():
    cells = np.array([[[1, 1]], [[2, 1]]], dtype=np.float32)
    heatmaps = np.stack([HEATMAP[None], 10 * HEATMAP[None]])
    np.testing.assert_allclose(slopes(heatmaps, cells), [[[0.8], [1]], [[0.1], [3]]], rtol=1e-6)


def test_inside_is_not_symmetric():
    heatmaps = np.zeros((1, 6, 9, 8))
    coords = np.array([[[1, 4], [2, 2], [6, 7], [7, 4], [4, 8], [5, 6]]])
    assert is_inside(coords, heatmaps, 1).tolist() == [[False, True, True, False, False, True]]
    assert is_inside(coords, heatmaps, 2).tolist() == [[False, True, False, False, False, True]]
