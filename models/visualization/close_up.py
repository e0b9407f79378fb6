"""A part of a picture, enlarged while it is drawn on, so that lines can be finer than its pixels.

OpenCV draws lines of whole pixels. Thick lines on enlarged pixels, averaged back, are lines of any
width, smooth at the edges. A pixel that nothing was drawn on comes back as it was: it is repeated,
and the mean of equal numbers is that number.
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
_MOST_PIXELS = 1 << 24


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
        thickness = max(1, round(width * self.zoom))
        start, end = self._fixed(np.stack([a, b])).tolist()
        cv2.line(self.pixels, start, end, bgr(color), thickness, cv2.LINE_AA, _SHIFT)

    def dot(self, center: np.ndarray, radius: float, color: Color) -> None:
        """A filled circle."""
        (x, y), length = self._fixed(center).tolist(), round(radius * self.zoom * 2**_SHIFT)
        cv2.circle(self.pixels, (x, y), length, bgr(color), -1, cv2.LINE_AA, _SHIFT)

    def ellipse(self, a: np.ndarray, b: np.ndarray, width: float, color: Color) -> None:
        """A filled ellipse that reaches from one point to another and is `width` thick."""
        along = (b - a) / 2
        length = max(float(np.hypot(*along)), 1e-6)
        across = np.array([-along[1], along[0]]) / length * width / 2
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)[:, None]
        corners = (a + b) / 2 + np.cos(angle) * along + np.sin(angle) * across
        cv2.fillConvexPoly(self.pixels, self._fixed(corners), bgr(color), cv2.LINE_AA, _SHIFT)

    def _fixed(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2) of the picture in OpenCV's sixteenths of an enlarged pixel."""
        enlarged = (points - self.origin + 0.5) * self.zoom - 0.5  # (0, 0) is a pixel's middle
        return np.rint(enlarged * 2**_SHIFT).astype(np.int32)


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
