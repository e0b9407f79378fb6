"""Words under and above pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.visualization.colors import DARK
from models.visualization.text import draw_text, shortened, text_width

_PAPER = 245
_LINE = 18  # pixels
_LEAST = 7  # height of capitals in pixels, below which nobody reads


def captioned(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A picture with lines of text under it, made smaller and at last cut to its width.

    Args:
        image: (H, W, 3) uint8, BGR.
        lines: text.
    """
    return np.vstack([image, _strip(lines, image.shape[1], 9)])


def titled(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A picture with lines of text above it."""
    return np.vstack([_strip(lines, image.shape[1], 11), image])


def _strip(lines: Sequence[str], width: int, letters: int) -> np.ndarray:
    strip = np.full((_LINE * len(lines) + 8, width, 3), _PAPER, np.uint8)
    for number, line in enumerate(lines):
        size = letters
        while size > _LEAST and text_width(line, size) > width - 8:
            size -= 1
        text = shortened(line, width - 8, size)
        draw_text(strip, text, (4, _LINE * number + 16), size, DARK)
    return strip
