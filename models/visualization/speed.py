"""How fast it goes, in the corner of the picture."""

from __future__ import annotations

import numpy as np

from models.visualization.text import draw_tag


def draw_speed(canvas: np.ndarray, fps: float) -> None:
    """Write frames per second into the upper left corner.

    Args:
        canvas: (H, W, 3) uint8, BGR; is changed.
        fps: frames per second.
    """
    height = max(8, round(0.022 * min(canvas.shape[:2]) + 3))
    digits = 0 if fps >= 10 else 1
    draw_tag(canvas, f"{fps:.{digits}f} frames/s", (0, 0), height, (20, 20, 20), (255, 255, 255))
