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
    flat = heatmaps.reshape(*heatmaps.shape[:2], -1)
    cell = flat.argmax(axis=2)
    scores = np.take_along_axis(flat, cell[..., None], axis=2)
    rows, columns = np.divmod(cell, heatmaps.shape[3])
    coords = np.stack([columns, rows], axis=-1).astype(np.float32)
    return np.where(scores > 0, coords, np.float32(-1)), scores


def value_beside(heatmaps: np.ndarray, coords: np.ndarray, dx: int, dy: int) -> np.ndarray:
    """Each heatmap's value dx columns and dy rows away from one of its cells.

    Args:
        heatmaps: (N, K, H, W).
        coords: (N, K, 2) cells (x, y), whole numbers, heatmap frame.
        dx, dy: how far from the cell; outside the map its border cells are repeated.

    Returns:
        (N, K).
    """
    instances, joints, height, width = heatmaps.shape
    columns = np.clip(coords[..., 0].astype(int) + dx, 0, width - 1)
    rows = np.clip(coords[..., 1].astype(int) + dy, 0, height - 1)
    return heatmaps[np.arange(instances)[:, None], np.arange(joints), rows, columns]


def is_inside(coords: np.ndarray, heatmaps: np.ndarray, far_margin: int) -> np.ndarray:
    """(N, K) bool: 1 < x < W − far_margin and 1 < y < H − far_margin.

    The published decoders leave peaks near the border as they are, and are not symmetric in it.
    """
    size = np.array(heatmaps.shape[:1:-1])
    return ((coords > 1) & (coords < size - far_margin)).all(axis=-1)
