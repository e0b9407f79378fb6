"""A part of a picture, enlarged while it is drawn on, so that lines can be finer than its pixels.

OpenCV's smooth edges are more than a pixel wide, too much for fine lines. Thick lines on enlarged
pixels, averaged back, are lines of any width. A pixel that nothing was drawn on comes back as it
was: it is repeated, and the mean of equal numbers is that number.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np

from models.structures.keypoints import Color
from models.visualization.colors import bgr

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel
_EDGE = 0.7  # pixels that its smooth edge adds on each side
_MOST_PIXELS = 1 << 24
_CIRCLE = np.array([(np.cos(a), np.sin(a)) for a in np.linspace(0, 2 * np.pi, 48, endpoint=False)])


@dataclass(frozen=True)
class CloseUp:
    """Enlarged pixels; points and lengths are given in those of the picture.

    Attributes:
        pixels: (h · zoom, w · zoom, 3) uint8, BGR.
        origin: (2,) x, y of its first pixel in the picture.
        zoom: how many times a pixel is repeated along each axis.
    """

    pixels: np.ndarray
    origin: np.ndarray
    zoom: int

    def line(self, a: np.ndarray, b: np.ndarray, width: float, color: Color) -> None:
        """A line with round ends."""
        radius = self._inset(width / 2)
        start = np.arctan2(*(b - a)[::-1]) + np.pi / 2
        angles = start + np.linspace(0, np.pi, 17)
        around = radius * np.column_stack([np.cos(angles), np.sin(angles)])
        self._fill(np.concatenate([a + around, b - around]), color)

    def dot(self, center: np.ndarray, radius: float, color: Color) -> None:
        """A filled circle."""
        self._fill(center + self._inset(radius) * _CIRCLE, color)

    def ellipse(self, a: np.ndarray, b: np.ndarray, width: float, color: Color) -> None:
        """A filled ellipse that reaches from one point to another and is `width` thick."""
        along = (b - a) / 2
        length = max(float(np.hypot(*along)), 1e-6)
        across = np.array([-along[1], along[0]]) / length * self._inset(width / 2)
        self._fill((a + b) / 2 + _CIRCLE @ np.stack([along, across]), color)

    def _inset(self, radius: float) -> float:
        """What to draw so that OpenCV's smooth edge, which lies outside of it, ends at `radius`."""
        return max(radius - _EDGE / self.zoom, 0.05)

    def _fill(self, corners: np.ndarray, color: Color) -> None:
        enlarged = (corners - self.origin + 0.5) * self.zoom - 0.5  # (0, 0) is a pixel's middle
        fixed = np.rint(enlarged * 2**_SHIFT).astype(np.int32)
        cv2.fillConvexPoly(self.pixels, fixed, bgr(color), cv2.LINE_AA, _SHIFT)


@contextmanager
def close_up(
    canvas: np.ndarray, low: np.ndarray, high: np.ndarray, finest: float
) -> Iterator[CloseUp | None]:
    """Draw on a part of a picture; on leaving, it is put back.

    Args:
        canvas: (H, W, 3) uint8; is changed.
        low, high: (2,) corners x, y of the part; what lies outside of the picture is cut off.
        finest: width of the finest line, in pixels; it decides how far to enlarge.

    Yields:
        The part, or None where nothing of it lies in the picture.
    """
    height, width = canvas.shape[:2]
    x0, y0 = np.clip(np.floor(low), 0, (width, height)).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(high) + 1, 0, (width, height)).astype(int).tolist()
    if x1 <= x0 or y1 <= y0:
        yield None
        return
    part = canvas[y0:y1, x0:x1]
    size = x1 - x0, y1 - y0
    most = int((_MOST_PIXELS / (size[0] * size[1])) ** 0.5)
    zoom = int(np.clip(np.ceil(4 / finest), 1, max(1, min(4, most))))
    pixels = part if zoom == 1 else part.repeat(zoom, axis=0).repeat(zoom, axis=1)
    yield CloseUp(pixels, np.array([x0, y0], dtype=np.float64), zoom)
    if zoom > 1:
        part[:] = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def edge_width(width: float) -> float:
    """Width of the outline of a line of this width."""
    return float(np.clip(0.3 * width, 0.4, 3))
