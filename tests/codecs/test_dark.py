"""DARK: the top of the Gaussian between the cells, and the Newton step that finds it."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.dark import refine_dark
from models.codecs.gaussian import blur_keeping_peaks
from models.codecs.msra import encode_msra
from models.codecs.newton import newton_step
from models.codecs.peaks import heatmap_peaks


def test_newton_step_goes_to_the_top_of_a_parabola():
    # f = −(u − 0.3)² − 2 (v + 0.2)² + (u − 0.3)(v + 0.2), derivatives at (0, 0)
    u, v = -0.3, 0.2
    step = newton_step(
        x=np.array([-2 * u + v]),
        y=np.array([-4 * v + u]),
        xx=np.array([-2.0]),
        xy=np.array([1.0]),
        yy=np.array([-4.0]),
    )
    np.testing.assert_allclose(step, [[0.3, -0.2]])


def test_newton_step_without_a_top_is_none():
    ones = np.ones(1)
    assert newton_step(ones, ones, ones, ones, ones).tolist() == [[0, 0]]


@pytest.mark.parametrize(("sigma", "kernel"), [(2, 11), (3, 17)])
def test_unbiased_targets_are_read_exactly(sigma, kernel):
    joints = np.random.default_rng(0).uniform((50, 50, 0), (140, 200, 1), (20, 3))
    target, _ = encode_msra(joints, np.ones((20, 3)), (192, 256), (48, 64), sigma, unbiased=True)
    peaks, _ = heatmap_peaks(target[None])
    coords = refine_dark(peaks, target[None], kernel)
    # Blurring ends at the kernel's edge, which bends the parabola in the fourth decimal.
    np.testing.assert_allclose(coords[0], joints[:, :2] / 4, atol=1e-3)
    assert np.abs(coords - peaks).max() > 0.4
    assert coords.dtype == np.float32


@pytest.mark.parametrize(
    ("cell", "moves"),
    [((2, 20), True), ((1, 20), False), ((45, 20), True), ((46, 20), False), ((20, 62), False)],
)
def test_peaks_at_the_border_stay(cell, moves):
    heatmap = np.zeros((1, 1, 64, 48))
    x, y = cell
    heatmap[0, 0, y, x] = 1
    heatmap[0, 0, y - 1 : y + 2, x - 1] = 0.5
    coords = refine_dark(np.array([[cell]], dtype=np.float32), heatmap)
    assert (coords[0, 0].tolist() != list(cell)) == moves


def test_no_peak_and_plateau_stay():
    heatmaps = np.stack([np.full((64, 48), -1.0), np.zeros((64, 48))])[None]
    coords = refine_dark(np.array([[[-1, -1], [20, 20]]], dtype=np.float32), heatmaps)
    assert coords.tolist() == [[[-1, -1], [20, 20]]]


def test_the_height_counts_where_the_floor_does():
    """A peak with nothing beside it: the floor, not scaled, stands below a scaled top."""
    heatmap = np.zeros((1, 1, 64, 48))
    heatmap[0, 0, 20:23, 20] = [0.3, 1, 0.4]
    heatmap[0, 0, 20:23, 21] = [-0.2, -5, -0.2]
    coords = refine_dark(np.array([[[20, 21]]], dtype=np.float32), heatmap, kernel=3)
    value = np.log(np.maximum(blur_keeping_peaks(heatmap, 3), 1e-10))[0, 0, 19:24, 18:23]
    assert (value == np.log(1e-10)).any()
    y, x = (value[3, 2] - value[1, 2]) / 2, (value[2, 3] - value[2, 1]) / 2
    yy = (value[4, 2] - 2 * value[2, 2] + value[0, 2]) / 4
    xx = (value[2, 4] - 2 * value[2, 2] + value[2, 0]) / 4
    xy = (value[3, 3] - value[1, 3] - value[3, 1] + value[1, 1]) / 4
    step = -np.linalg.solve([[xx, xy], [xy, yy]], [x, y])
    np.testing.assert_allclose(coords[0, 0], (20 + step[0], 21 + step[1]), rtol=1e-6)
