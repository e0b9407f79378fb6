"""Letters on pictures."""

from __future__ import annotations

import unicodedata

import cv2
import numpy as np

from models.structures.keypoints import Color
from models.visualization.colors import bgr

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_CAPITAL = 21  # height of its capitals in pixels, at scale 1
_IN_ASCII = str.maketrans({"°": " deg", "×": "x", "…": "...", "−": "-", "–": "-"})


def text_width(text: str, height: int) -> int:
    """Pixels that a line of text takes, at a height of its capitals."""
    return cv2.getTextSize(_drawable(text), _FONT, *_scale(height))[0][0]


def draw_text(
    canvas: np.ndarray, text: str, baseline: tuple[int, int], height: int, color: Color
) -> None:
    """Write one line into a picture.

    Args:
        canvas: (H, W, 3) uint8, BGR; is changed.
        text: the line.
        baseline: x, y of its lower left corner, without the parts that hang down.
        height: of capital letters, in pixels.
        color: RGB.
    """
    scale, thickness = _scale(height)
    cv2.putText(canvas, _drawable(text), baseline, _FONT, scale, bgr(color), thickness, cv2.LINE_AA)


def shortened(text: str, width: int, height: int) -> str:
    """A text that fits into a width: its beginning and end, where it is too long."""
    if text_width(text, height) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        front = -(-kept // 2)
        shorter = f"{text[:front]}...{text[len(text) - (kept - front) :]}"
        if text_width(shorter, height) <= width:
            return shorter
    return ""


def tag_size(text: str, height: int) -> tuple[int, int]:
    """Size (w, h) of the tag that `draw_tag` draws."""
    return text_width(text, height) + 2 * _padding(height), height + 2 * _padding(height)


def draw_tag(
    canvas: np.ndarray,
    text: str,
    corner: tuple[int, int],
    height: int,
    color: Color,
    text_color: Color,
) -> None:
    """Write a line on a field of its own color; `corner` is the field's upper left one."""
    (x, y), (width, tall) = corner, tag_size(text, height)
    cv2.rectangle(canvas, (x, y), (x + width - 1, y + tall - 1), bgr(color), -1)
    padding = _padding(height)
    draw_text(canvas, text, (x + padding, y + padding + height), height, text_color)


def _padding(height: int) -> int:
    return round(0.35 * height)


def _scale(height: int) -> tuple[float, int]:
    """Scale and thickness of the font."""
    return height / _CAPITAL, max(1, round(height / 10))


def _drawable(text: str) -> str:
    """As the font can draw it: before version 5, OpenCV has ASCII only."""
    if int(cv2.__version__.split(".")[0]) >= 5:
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_IN_ASCII))
    return plain.encode("ascii", "ignore").decode()
