"""A picture being painted that remembers which part of whom owns each pixel."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

SHIFT = 4
"""Fractional bits of the polygon corners handed to OpenCV."""

Window = tuple[slice, slice]
Cloth = Callable[[np.ndarray, np.ndarray], np.ndarray]


class Canvas:
    """An image (H, W, 3) with an owner (H, W) per pixel and the silhouette being painted.

    Owner 0 is the background, `OBJECT` an object; people use `owner_id`. All shapes are painted
    anti-aliased, a pixel is owned by the last shape that covers at least half of it.
    """

    OBJECT = 255
    PARTS = 32
    """Owner ids per person; a byte then holds 6 people beside background and objects."""

    def __init__(self, image: np.ndarray) -> None:
        """Start from a background (H, W, 3) in grey levels, BGR; it is painted over."""
        self.image = np.ascontiguousarray(image, dtype=np.float32)
        self.owner = np.zeros(self.image.shape[:2], dtype=np.uint8)
        self.silhouette = np.zeros(self.owner.shape, dtype=bool)

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) in pixels."""
        return self.owner.shape[1], self.owner.shape[0]

    def begin_silhouette(self) -> np.ndarray:
        """Start a new silhouette; returns the one (H, W) painted since the last start."""
        painted, self.silhouette = self.silhouette, np.zeros(self.owner.shape, dtype=bool)
        return painted

    def window(self, low: np.ndarray, high: np.ndarray) -> Window | None:
        """Rows and columns of the picture between two corners (x, y), None if there are none."""
        w, h = self.size
        x0, y0 = max(int(np.floor(low[0])) - 1, 0), max(int(np.floor(low[1])) - 1, 0)
        x1, y1 = min(int(np.ceil(high[0])) + 2, w), min(int(np.ceil(high[1])) + 2, h)
        return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None

    def blend(self, window: Window, alpha: np.ndarray, color: np.ndarray, owner: int) -> None:
        """Lay `color` (h, w, 3) or (3,) over a window with opacity `alpha` (h, w)."""
        region = self.image[window]
        region += alpha[..., None] * (color - region)
        covered = alpha >= 0.5
        self.owner[window][covered] = owner
        self.silhouette[window] |= covered


def owner_id(person: int, part: int) -> int:
    """The owner id of a part (0 to 31) of a person (0 to 5)."""
    return (person + 1) * Canvas.PARTS + part


def grid(window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Image coordinates x (1, w) and y (h, 1) of a window's pixels, float32."""
    rows, columns = window
    x = np.arange(columns.start, columns.stop, dtype=np.float32)[None]
    y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    return x, y


def polygon_alpha(points: np.ndarray, window: Window) -> np.ndarray:
    """Anti-aliased coverage (h, w) of a simple polygon (n, 2) in image coordinates."""
    rows, columns = window
    mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), dtype=np.uint8)
    corners = (points - (columns.start, rows.start)) * (1 << SHIFT)
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], 255, cv2.LINE_AA, SHIFT)
    return mask.astype(np.float32) / 255.0


def hull(points: np.ndarray) -> np.ndarray:
    """Convex hull (m, 2) of points (n, 2)."""
    return cv2.convexHull(np.asarray(points, dtype=np.float32))[:, 0]


def paint_polygon(
    canvas: Canvas, points: np.ndarray, color: np.ndarray, owner: int, opacity: float = 1.0
) -> None:
    """Fill a simple polygon (n, 2) with one color."""
    window = canvas.window(points.min(0), points.max(0))
    if window is not None:
        canvas.blend(window, polygon_alpha(points, window) * opacity, color, owner)


def paint_ellipse(
    canvas: Canvas,
    center: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    color: np.ndarray,
    owner: int,
    opacity: float = 1.0,
) -> None:
    """Fill the ellipse with the conjugate half-axes `axes` (2,), (2,)."""
    angles = np.linspace(0.0, 2.0 * np.pi, 20, endpoint=False)[:, None]
    points = center + np.cos(angles) * axes[0] + np.sin(angles) * axes[1]
    paint_polygon(canvas, points, color, owner, opacity)


def paint_capsule(
    canvas: Canvas,
    ends: tuple[np.ndarray, np.ndarray],
    radii: tuple[float, float],
    color: np.ndarray | Cloth,
    owner: int,
    light: float = 1.0,
) -> None:
    """Paint a tapered, round-shaded limb between two points with a radius in pixels at each.

    `color` is one color (3,) or gives (h, w, 3) from distances along and across in pixels.
    """
    (x0, y0), (x1, y1) = ends
    reach = max(radii) + 1.0
    window = canvas.window(np.minimum(*ends) - reach, np.maximum(*ends) + reach)
    if window is None:
        return
    x, y = grid(window)
    dx, dy = float(x1 - x0), float(y1 - y0)
    length = max(float(np.hypot(dx, dy)), 1e-3)
    dx, dy = dx / length, dy / length
    x, y = x - np.float32(x0), y - np.float32(y0)
    along = x * np.float32(dx) + y * np.float32(dy)
    across = y * np.float32(dx) - x * np.float32(dy)
    on_axis = np.clip(along, 0.0, np.float32(length))
    radius = radii[0] + on_axis * np.float32((radii[1] - radii[0]) / length)
    distance = np.sqrt((along - on_axis) ** 2 + across**2)
    alpha = np.clip(radius - distance + 0.5, 0.0, 1.0)
    shade = rounding(distance / radius) * np.float32(light)
    base = color(along, across) if callable(color) else color
    canvas.blend(window, alpha, base * shade[..., None], owner)


def rounding(offset: np.ndarray) -> np.ndarray:
    """Brightness of a round surface at `offset` from its axis: 0 the axis, 1 the rim."""
    square = np.minimum(offset * offset, np.float32(1.0))
    return np.float32(1.04) - np.float32(0.16) * square - np.float32(0.28) * square * square
