"""The highest cell of every heatmap, and the cells around it: where each decoder begins."""

from __future__ import annotations

import numpy as np


def heatmap_peaks(heatmaps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest cell of each heatmap; the first one in reading order where several are.

    Args:
        heatmaps: (N, K, H, W).

    Returns:
        coords (N, K, 2) float32, heatmap frame, (−1, −1) where nothing is above 0; and
        scores (N, K, 1), the maxima, in the heatmaps' type.

    Raises:
        ValueError: the heatmaps have no four axes, or one of them is empty.
    """
    heatmaps = np.asarray(heatmaps)
    if heatmaps.ndim != 4 or 0 in heatmaps.shape[1:]:
        raise ValueError(f"heatmaps must have shape (N, K, H, W), not {heatmaps.shape}")
    height, width = heatmaps.shape[2:]
    # One long row a map: along a contiguous last axis NumPy's arg-max is as fast as memory.
    maps = heatmaps.reshape(-1, height * width)
    cell = maps.argmax(axis=1)
    scores = maps[np.arange(len(maps)), cell]
    rows, columns = np.divmod(cell, width)
    # x and y by themselves: over a last axis of 2, NumPy's loops are all overhead.
    nothing = ~(scores > 0)
    coords = np.empty((len(maps), 2), dtype=np.float32)
    coords[:, 0] = columns
    coords[:, 1] = rows
    coords[nothing] = -1
    return coords.reshape(*heatmaps.shape[:2], 2), scores.reshape(*heatmaps.shape[:2], 1)


def slopes(heatmaps: np.ndarray, coords: np.ndarray) -> np.ndarray:
    """Right minus left neighbour, and lower minus upper one, of a cell of each heatmap.

    Args:
        heatmaps: (N, K, H, W).
        coords: (N, K, 2) float32 cells (x, y), whole numbers, heatmap frame.

    Returns:
        (2, N, K); without meaning for cells at the border, which lack a neighbour.
    """
    instances, joints, height, width = heatmaps.shape
    # One flat index in place of four, for all neighbours at once: what costs time here is calls.
    cell = (coords @ np.array([1, width], dtype=np.float64)).astype(np.int64)
    cell += np.arange(0, heatmaps.size, height * width).reshape(instances, joints)
    steps = np.array([[1, width], [-1, -width]])
    after, before = heatmaps.reshape(-1).take(cell + steps[..., None, None], mode="clip")
    return after - before


def is_inside(coords: np.ndarray, heatmaps: np.ndarray, far_margin: int) -> np.ndarray:
    """(N, K) bool: 1 < x < W − far_margin and 1 < y < H − far_margin.

    The published decoders leave peaks near the border as they are, and are not symmetric in it.
    """
    height, width = heatmaps.shape[2:]
    x, y = coords[..., 0], coords[..., 1]
    return (x > 1) & (x < width - far_margin) & (y > 1) & (y < height - far_margin)
