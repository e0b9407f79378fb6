"""Seeded inputs: every side draws the very same numbers."""

from __future__ import annotations

import numpy as np


def crops(batch: int, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Normalised pictures (B, 3, H, W) float32, of noise.

    Args:
        batch: B.
        size: (w, h).
        seed: of the noise.
    """
    width, height = size
    return np.random.default_rng(seed).standard_normal((batch, 3, height, width), np.float32)


def peaked_heatmaps(batch: int, joints: int, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Answers as of a trained network: (B, K, h, w) float32, a bell a joint in low noise.

    Args:
        batch: B.
        joints: K.
        size: (w, h) of a heatmap.
        seed: of places and noise.
    """
    draw = np.random.default_rng(seed)
    width, height = size
    # bells end outside now and then, as of people at the border of their crop
    x = draw.uniform(-1, width, (batch, joints, 1, 1))
    y = draw.uniform(-1, height, (batch, joints, 1, 1))
    top = draw.uniform(0.2, 1, (batch, joints, 1, 1))
    columns, rows = np.arange(width), np.arange(height)[:, None]
    bells = top * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2**2))
    noise = draw.normal(0, 0.01, bells.shape)
    return (bells + noise).astype(np.float32)


def training_batch(
    batch: int, joints: int, size: tuple[int, int], seed: int = 0
) -> dict[str, np.ndarray]:
    """`img` (B, 3, H, W), `target` (B, K, H/4, W/4) and `target_weight` (B, K, 1)."""
    weight = np.random.default_rng(seed + 1).integers(0, 2, (batch, joints, 1))
    return {
        "img": crops(batch, size, seed),
        "target": peaked_heatmaps(batch, joints, (size[0] // 4, size[1] // 4), seed),
        "target_weight": weight.astype(np.float32),
    }


def boxes(batch: int, size: tuple[int, int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Centers (B, 2) in pixels and scales (B, 2) in units of 200 px, of a crop's aspect ratio."""
    draw = np.random.default_rng(seed)
    centers = draw.uniform(50, 600, (batch, 2)).astype(np.float32)
    heights = draw.uniform(0.5, 2.5, (batch, 1))
    scales = np.concatenate([heights * size[0] / size[1], heights], axis=1)
    return centers, scales.astype(np.float32)
