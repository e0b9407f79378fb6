"""Words under and above pictures."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_PAPER, _INK = 245, (40, 40, 40)
_LINE = 18  # pixels
_MOST = 0.42
_LEAST = 0.32


def captioned(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A picture with lines of text under it, made smaller and at last cut to its width.

    Args:
        image: (H, W, 3) uint8, BGR.
        lines: text; other signs than those of ASCII are replaced.
    """
    return np.vstack([image, _strip(lines, image.shape[1], _MOST)])


def titled(image: np.ndarray, lines: Sequence[str]) -> np.ndarray:
    """A picture with lines of text above it."""
    return np.vstack([_strip(lines, image.shape[1], 0.5), image])


def _strip(lines: Sequence[str], width: int, scale: float) -> np.ndarray:
    strip = np.full((_LINE * len(lines) + 8, width, 3), _PAPER, np.uint8)
    for number, line in enumerate(map(_plain, lines)):
        size = scale
        while size > _LEAST and _width(line, size) > width - 8:
            size -= 0.02
        while line and _width(line, size) > width - 8:
            line = line[:-1]
        place = 4, _LINE * number + 16
        cv2.putText(strip, line, place, _FONT, size, _INK, 1, cv2.LINE_AA)
    return strip


def _width(line: str, scale: float) -> int:
    return cv2.getTextSize(line, _FONT, scale, 1)[0][0]


def _plain(line: str) -> str:
    """OpenCV's fonts have ASCII only."""
    known = str.maketrans({"°": " deg", "×": "x", "…": "...", "−": "-", "–": "-"})
    return line.translate(known).encode("ascii", "replace").decode()
