"""Backgrounds: a gradient or texture, random shapes over it, and things that resemble people."""

from __future__ import annotations

import cv2
import numpy as np

from models.synthetic.canvas import Canvas, hull, paint_capsule, paint_ellipse, paint_polygon
from models.synthetic.spec import Difficulty
from models.synthetic.wardrobe import SKIN, random_color


def sample_background(
    rng: np.random.Generator, size: tuple[int, int], difficulty: Difficulty
) -> np.ndarray:
    """Draw a background (H, W, 3), float32 BGR, for a picture of (w, h) pixels."""
    w, h = size
    canvas = Canvas(_ground(rng, w, h))
    for _ in range(rng.integers(difficulty.clutter[0], difficulty.clutter[1] + 1)):
        _paint_shape(canvas, rng)
    if rng.random() < difficulty.distractors:
        for _ in range(rng.integers(1, 4)):
            _paint_distractor(canvas, rng)
    return canvas.image


def _ground(rng: np.random.Generator, w: int, h: int) -> np.ndarray:
    """A plain, two-part, cloudy or regular surface."""
    first, second = _muted(rng), _muted(rng)
    kind = rng.integers(5)
    if kind == 0:  # from top to bottom
        share = np.linspace(0.0, 1.0, h, dtype=np.float32)[:, None, None]
        image = np.broadcast_to(first + share * (second - first), (h, w, 3)).copy()
    elif kind == 1:  # wall and floor
        image = np.broadcast_to(first, (h, w, 3)).copy()
        image[int(h * rng.uniform(0.5, 0.85)) :] = second
    elif kind == 2:  # a regular pattern
        period = rng.uniform(10.0, 60.0)
        angle = rng.uniform(0.0, np.pi)
        x = np.arange(w, dtype=np.float32)[None] * np.float32(np.cos(angle) / period)
        y = np.arange(h, dtype=np.float32)[:, None] * np.float32(np.sin(angle) / period)
        wave = ((x + y) % 1.0 < rng.uniform(0.2, 0.8)).astype(np.float32)
        if rng.random() < 0.5:
            wave = wave * ((x * 1.7 - y * 0.6) % 1.0 < 0.5)
        image = first + wave[..., None] * np.float32(0.6) * (second - first)
    else:
        image = np.broadcast_to(first, (h, w, 3)).copy()
    grain = int(rng.integers(2, 24))
    clouds = rng.normal(0.0, rng.uniform(5.0, 30.0) / grain**0.25, (grain, grain, 3))
    clouds = clouds * 0.5 + clouds.mean(2, keepdims=True)
    clouds = cv2.resize(clouds.astype(np.float32), (w, h), interpolation=cv2.INTER_LINEAR)
    return np.clip(image + clouds, 0.0, 255.0)


def _paint_shape(canvas: Canvas, rng: np.random.Generator) -> None:
    """A polygon, ellipse, bar or post anywhere, also partly off the picture."""
    w, h = canvas.size
    center = rng.uniform((-0.05 * w, -0.05 * h), (1.05 * w, 1.05 * h))
    reach = min(w, h) * rng.uniform(0.03, 0.30)
    color = _muted(rng)
    kind = rng.integers(5)
    if kind == 0:
        corners = center + rng.uniform(-reach, reach, (int(rng.integers(3, 7)), 2))
        paint_polygon(canvas, hull(corners), color, 0)
    elif kind == 1:
        corners = _box(reach * rng.uniform(0.2, 1.0), reach) @ _turned(rng, 0.25)
        paint_polygon(canvas, center + corners, color, 0)
    elif kind == 2:
        axes = np.diag(reach * rng.uniform(0.2, 1.0, 2)) @ _turned(rng, np.pi)
        paint_ellipse(canvas, center, (axes[0], axes[1]), color, 0)
    elif kind == 3:
        way = rng.normal(0.0, reach, 2)
        radius = rng.uniform(1.0, 6.0)
        paint_capsule(canvas, (center - way, center + way), (radius, radius), color, 0)
    else:  # a post or a frame edge across the picture
        radius = rng.uniform(1.0, 7.0)
        lean = rng.normal(0.0, 0.05 * w)
        top, foot = np.array((center[0], -9.0)), np.array((center[0] + lean, h + 9.0))
        if rng.random() < 0.4:
            top, foot = np.array((-9.0, center[1])), np.array((w + 9.0, center[1]))
        paint_capsule(canvas, (top, foot), (radius, radius), color, 0)


def _paint_distractor(canvas: Canvas, rng: np.random.Generator) -> None:
    """A dressed dummy, a tree, a lamp or loose limbs: like a person in part, but none."""
    w, h = canvas.size
    size = h * rng.uniform(0.25, 0.7)
    x, y = rng.uniform(0.05 * w, 0.95 * w), rng.uniform(0.45 * h, h)
    kind = rng.integers(4)
    if kind == 0:  # a dummy: a trunk on a stand
        foot, top = np.array((x, y)), np.array((x, y - 0.55 * size))
        paint_capsule(canvas, (foot, top), (0.012 * size,) * 2, _muted(rng) * 0.5, 0)
        corners = np.array(
            (
                (-0.15, -0.95),
                (0.15, -0.95),
                (0.10, -0.7),
                (0.13, -0.5),
                (-0.13, -0.5),
                (-0.10, -0.7),
            )
        )
        paint_polygon(canvas, foot + corners * size, random_color(rng), 0)
    elif kind == 1:  # a tree
        foot, top = np.array((x, y)), np.array((x, y - 0.6 * size))
        paint_capsule(canvas, (foot, top), (0.05 * size, 0.03 * size), _muted(rng) * 0.5, 0)
        for _ in range(5):
            leaf = top + rng.normal(0.0, 0.12 * size, 2)
            axes = np.diag(size * rng.uniform(0.08, 0.2, 2))
            green = random_color(rng) * (0.5, 0.9, 0.4)
            paint_ellipse(canvas, leaf, (axes[0], axes[1]), green.astype(np.float32), 0)
    elif kind == 2:  # a lamp or a sign on a post
        foot, top = np.array((x, y)), np.array((x, y - size))
        paint_capsule(canvas, (foot, top), (0.02 * size,) * 2, _muted(rng) * 0.6, 0)
        radius = size * rng.uniform(0.06, 0.12)
        paint_ellipse(
            canvas, top, (np.array((radius, 0)), np.array((0, radius))), random_color(rng), 0
        )
    else:  # bars in the colors of limbs
        for _ in range(rng.integers(2, 5)):
            skin = np.asarray(SKIN[rng.integers(len(SKIN))], dtype=np.float32)
            color = skin if rng.random() < 0.5 else random_color(rng)
            start = np.array((x, y)) + rng.normal(0.0, 0.2 * size, 2)
            end = start + rng.normal(0.0, 0.2 * size, 2)
            radius = size * rng.uniform(0.02, 0.05)
            paint_capsule(canvas, (start, end), (radius, 0.7 * radius), color, 0)


def _muted(rng: np.random.Generator) -> np.ndarray:
    """A color (3,) nearer to grey than clothes mostly are."""
    color = random_color(rng)
    return (color + np.float32(rng.uniform(0.2, 0.9)) * (color.mean() - color)).astype(np.float32)


def _box(half_width: float, half_height: float) -> np.ndarray:
    return np.array(((-1, -1), (1, -1), (1, 1), (-1, 1))) * (half_width, half_height)


def _turned(rng: np.random.Generator, most: float) -> np.ndarray:
    """A rotation (2, 2) by up to `most` radians."""
    angle = rng.uniform(-most, most)
    return np.array(((np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))))
