"""How much each joint counts in the loss."""

from __future__ import annotations

import numpy as np


def visibility_weight(visible: np.ndarray, on_map: np.ndarray) -> np.ndarray:
    """Weight (K, 1) float32: the visibility of the joints that are on the heatmap, else 0.

    Args:
        visible: (K, 3) visibility; the first column is read.
        on_map: (K,) bool.

    Raises:
        ValueError: the visibility is of another shape, or for another number of joints.
    """
    visible = np.asarray(visible)
    if visible.ndim != 2 or len(visible) != len(on_map):
        raise ValueError(
            f"visible has shape {visible.shape}, but {len(on_map)} joints need ({len(on_map)}, 3)"
        )
    return (visible[:, :1] * on_map[:, None]).astype(np.float32)
