"""Bells on a grid and the blur."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.codecs.gaussian import (
    blur,
    blur_keeping_peaks,
    blurred_squares,
    gaussian_maps,
    window_touches,
)


def test_bell_by_hand():
    mean = np.array([[2.0, 1.0]])
    (bell,) = gaussian_maps(mean, (5, 3), sigma=1, window=None)
    assert bell.shape == (3, 5)
    assert bell[1, 2] == 1
    assert bell[1, 4] == pytest.approx(np.exp(-2))
    assert bell[0, 1] == pytest.approx(np.exp(-1))


def test_bell_ends_at_three_sigma_of_the_window():
    (bell,) = gaussian_maps(np.array([[10.0, 10.0]]), (30, 30), 2, window=np.array([[11.0, 10.0]]))
    rows, columns = np.nonzero(bell)
    assert (columns.min(), columns.max()) == (11 - 6, 11 + 6)
    assert (rows.min(), rows.max()) == (10 - 6, 10 + 6)


@pytest.mark.parametrize(
    ("x", "touches"), [(-8, False), (-7, True), (20, True), (53, True), (54, False)]
)
def test_window_touches(x, touches):
    # sigma 2 reaches 6 cells; one further cell counts before the map, none behind it.
    assert window_touches(np.array([[x, 5.0]]), (48, 64), 2).tolist() == [touches]
    assert window_touches(np.array([[5.0, x]]), (64, 48), 2).tolist() == [touches]


@pytest.mark.parametrize("kernel", [3, 11, 17])
@pytest.mark.parametrize("border", [cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101])
def test_blur_is_that_of_opencv(kernel, border):
    maps = np.random.default_rng(0).random((2, 3, 20, 30))
    expected = [
        [cv2.GaussianBlur(m, (kernel, kernel), 0, borderType=border) for m in joints]
        for joints in maps
    ]
    np.testing.assert_allclose(blur(maps, kernel, border), expected, atol=1e-12)


def test_peaks_keep_their_height():
    maps = np.random.default_rng(0).random((2, 3, 20, 30))
    maps[1, 2] = 0
    blurred = blur_keeping_peaks(maps, 11)
    np.testing.assert_allclose(blurred.max(axis=(2, 3)), maps.max(axis=(2, 3)))
    assert blurred[0, 0].std() < 0.7 * maps[0, 0].std()
    assert not blurred[1, 2].any()


def test_senseless_sigma_and_kernel_are_named():
    with pytest.raises(ValueError, match="sigma must be above 0"):
        gaussian_maps(np.zeros((1, 2)), (5, 5), 0)
    for kernel in (10, 0, -3):
        with pytest.raises(ValueError, match=f"not {kernel}"):
            blur(np.zeros((1, 1, 5, 5)), kernel, cv2.BORDER_CONSTANT)


@pytest.mark.parametrize("border", [cv2.BORDER_CONSTANT, cv2.BORDER_REFLECT_101])
@pytest.mark.parametrize("shape", [(20, 30), (9, 4), (13, 1)])
@pytest.mark.parametrize("kernel", [3, 11])
def test_squares_are_cut_out_of_the_blurred_map(border, shape, kernel):
    """At every cell, also where the square reaches over the border."""
    maps = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    index, y, x = (axis.ravel() for axis in np.indices(maps.shape))
    squares = blurred_squares(maps, index, np.stack([x, y], axis=1), 2, kernel, border)
    repeated = np.pad(blur(maps, kernel, border), ((0, 0), (2, 2), (2, 2)), mode="edge")
    step = np.arange(5)
    expected = repeated[
        index[:, None, None], y[:, None, None] + step[:, None], x[:, None, None] + step
    ]
    np.testing.assert_allclose(squares, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("sigma", [0.7, 2, 2.5, 3])
def test_squares_are_cut_out_of_whole_maps(sigma):
    """Bit for bit: cells of the square as without a cut, all others 0; also beside the map."""
    rng = np.random.default_rng(0)
    mean = rng.uniform(-30, 90, (60, 2))
    mean[:2] = [[1e9, -1e12], [20, 30]]
    window = np.trunc(mean + 0.5)
    whole = gaussian_maps(mean, (48, 64), sigma)
    rows = np.abs(np.arange(64) - window[:, 1:]) <= 3 * sigma
    columns = np.abs(np.arange(48) - window[:, :1]) <= 3 * sigma
    inside = rows[:, :, None] & columns[:, None, :]
    cut = gaussian_maps(mean, (48, 64), sigma, window)
    np.testing.assert_array_equal(cut, np.where(inside, whole, 0))
    shown = rng.random(60) < 0.5
    for maps, kept in ((cut, window), (whole, None)):
        some = gaussian_maps(mean, (48, 64), sigma, kept, shown)
        np.testing.assert_array_equal(some, maps * shown[:, None, None])
