"""Gaussians on a grid: bells to make targets with, and the blur that answers are smoothed by.

Both are separable, so every map is a product of one profile per row and one per column.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

REACH = 3
"""Beyond so many sigmas a bell is cut off."""


def gaussian_maps(
    mean: np.ndarray,
    heatmap_size: ArrayLike,
    sigma: float,
    window: np.ndarray | None = None,
    shown: np.ndarray | None = None,
) -> np.ndarray:
    """One bell per joint, 1 at its mean.

    Args:
        mean: (K, 2) middle of the bells, heatmap frame.
        heatmap_size: (w, h).
        sigma: spread in cells.
        window: (K, 2) whole numbers, the middle of the square of ±3 sigma outside which a map
            is 0; None for no cut.
        shown: (K,) bool, the joints that have a bell; the maps of others are 0. None shows all.

    Returns:
        (K, H, W) float32.

    Raises:
        ValueError: a sigma that is not above 0.
    """
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0, not {sigma}; 2 is usual for heatmaps of 48×64")
    width, height = (int(length) for length in heatmap_size)
    if window is None:
        columns = _profile(np.arange(width), mean[:, :1], sigma)
        rows = _profile(np.arange(height), mean[:, 1:], sigma)
        if shown is not None:
            rows *= shown[:, None]
        return (rows[:, :, None] * columns[:, None, :]).astype(np.float32)
    # Only the cells of the squares are computed, each from the numbers that it has among all cells
    # of the map, so with the same bits; all others are the 0 that a cut leaves.
    reach = int(REACH * sigma)
    # A square beside the map stays beside it when it is moved to where integers can count.
    middle = np.clip(window, -reach - 1, (width + reach, height + reach)).astype(np.int64)
    cells = middle[:, :, None] + np.arange(-reach, reach + 1)
    profiles = _profile(cells, mean[:, :, None], sigma)
    if shown is not None:
        profiles[:, 1] *= shown[:, None]
    x, y = cells[:, 0], cells[:, 1]
    # Cells beside the map are written to one spare place behind the last map.
    spare = len(mean) * height * width
    row_of = np.arange(len(mean))[:, None] * height + y
    row_start = np.where((y >= 0) & (y < height), row_of * width, spare)
    column = np.where((x >= 0) & (x < width), x, spare)
    place = np.minimum(row_start[:, :, None] + column[:, None, :], spare)
    maps = np.zeros(spare + 1, np.float32)
    maps[place] = profiles[:, 1, :, None] * profiles[:, 0, None, :]
    return maps[:spare].reshape(len(mean), height, width)


def _profile(cells: np.ndarray, mean: np.ndarray, sigma: float) -> np.ndarray:
    return np.exp(-((cells - mean) ** 2) / (2 * sigma**2))


def window_touches(window: np.ndarray, heatmap_size: ArrayLike, sigma: float) -> np.ndarray:
    """(K,) bool: whether the square of ±3 sigma around each point (K, 2) reaches the heatmap.

    A square that ends one cell before the first one still counts, as in the published training.
    """
    reach = REACH * sigma
    before_end = window - reach < np.asarray(heatmap_size)
    after_start = window + reach + 1 >= 0
    return (before_end & after_start).all(axis=1)


def check_sigma(sigma: float | None) -> None:
    """Make sure that a sigma, where one is given, can be.

    Raises:
        ValueError: it is not above 0.
    """
    if sigma is not None and (np.ndim(sigma) or not sigma > 0):
        raise ValueError(
            f"sigma {sigma} must be one number above 0; published is 2, and 3 at 384×288"
        )


def known_sigma(sigma: float | None, codec: str) -> float:
    """A codec's sigma, which encoding needs.

    Raises:
        ValueError: it was left open.
    """
    if sigma is None:
        raise ValueError(
            f"{codec} has no sigma to encode with; give one (published is 2), in the codec or as "
            "data_cfg.sigma"
        )
    return sigma


def check_kernel(kernel: int) -> None:
    """Make sure that a blur has a middle.

    Raises:
        ValueError: the kernel is not odd and positive.
    """
    if kernel < 1 or kernel % 2 == 0:
        raise ValueError(f"the blur's kernel must be odd and positive, not {kernel}; 11 is usual")


def blur_matrix(length: int, kernel: int, border: int) -> np.ndarray:
    """Matrix (length, length) float64 that blurs a row of cells; its sigma is OpenCV's choice.

    sigma = 0.3 · ((kernel − 1) / 2 − 1) + 0.8, and fixed tables for the smallest kernels.

    Args:
        length: number of cells.
        kernel: width of the Gaussian in cells, odd.
        border: what lies outside: `cv2.BORDER_CONSTANT` (zeros) or `cv2.BORDER_REFLECT_101`.

    Raises:
        ValueError: the kernel is not odd and positive.
    """
    check_kernel(kernel)
    # Row i of the blurred identity is what a single light in cell i becomes.
    return cv2.GaussianBlur(np.eye(length), (kernel, 1), 0, borderType=border).T


def blur(heatmaps: np.ndarray, kernel: int, border: int) -> np.ndarray:
    """Blurred heatmaps (..., H, W) float64; arguments as for `blur_matrix`."""
    rows = blur_matrix(heatmaps.shape[-2], kernel, border)
    columns = blur_matrix(heatmaps.shape[-1], kernel, border)
    return rows @ heatmaps @ columns.T


def blurred_squares(
    maps: np.ndarray, index: np.ndarray, cells: np.ndarray, reach: int, kernel: int, border: int
) -> np.ndarray:
    """What `blur` has in squares around cells, without blurring the rest.

    A blurred cell is a weighted sum over the kernel's width around it, so each square needs only
    the window of ±(reach + half a kernel); the weights are those of `blur_matrix`, borders
    included. Sums run in another order than in `blur`: equal to 1e-15 of the heights.

    Args:
        maps: (M, H, W).
        index: (P,) which map each cell is of.
        cells: (P, 2) x, y, whole numbers on the map.
        reach: half the square; outside the map its border cells are repeated.
        kernel: width of the Gaussian in cells, odd.
        border: as for `blur_matrix`.

    Returns:
        (P, 2·reach + 1, 2·reach + 1) float64.
    """
    cells = np.asarray(cells).astype(np.int64)
    columns, left = _window_weights(maps.shape[2], reach, kernel, border)
    rows, top = _window_weights(maps.shape[1], reach, kernel, border)
    x, y = cells.T
    windows = np.lib.stride_tricks.sliding_window_view(
        maps, (rows.shape[2], columns.shape[2]), axis=(1, 2)
    )[index, top[y], left[x]]
    return rows[y] @ windows @ columns[x].transpose(0, 2, 1)


def _window_weights(
    length: int, reach: int, kernel: int, border: int
) -> tuple[np.ndarray, np.ndarray]:
    """Per cell of a row, weights (length, 2·reach + 1, S) that blur it and its neighbours out of a
    window of S cells, and where the window starts (length,)."""
    matrix = blur_matrix(length, kernel, border)
    size = min(length, 2 * reach + kernel)
    cells = np.arange(length)
    start = (cells - reach - kernel // 2).clip(0, length - size)
    beside = (cells[:, None] + np.arange(-reach, reach + 1)).clip(0, length - 1)
    window = start[:, None] + np.arange(size)
    return matrix[beside[:, :, None], window[:, None, :]], start


def height_lost(heatmaps: np.ndarray, blurred: np.ndarray) -> np.ndarray:
    """By what (..., 1, 1) to multiply blurred maps (..., H, W) so that each is as high as before.

    1 for a map of zeros.
    """
    before = heatmaps.max(axis=(-2, -1), keepdims=True)
    after = blurred.max(axis=(-2, -1), keepdims=True)
    return np.divide(before, after, out=np.ones_like(after), where=after != 0)


def blur_keeping_peaks(heatmaps: np.ndarray, kernel: int) -> np.ndarray:
    """Blurred heatmaps (..., H, W) float64 with zeros outside, each as high as it was before.

    A map of zeros stays one.
    """
    blurred = blur(heatmaps, kernel, cv2.BORDER_CONSTANT)
    return blurred * height_lost(heatmaps, blurred)
