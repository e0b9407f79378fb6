"""Objects in front of people: boxes, counters, posts, plants and boards."""

from __future__ import annotations

import numpy as np

from models.synthetic.canvas import Canvas, paint_capsule, paint_ellipse, paint_polygon
from models.synthetic.spec import Difficulty
from models.synthetic.wardrobe import random_color


def paint_occluder(
    canvas: Canvas, rng: np.random.Generator, box: np.ndarray, difficulty: Difficulty
) -> None:
    """Cover part of a person's box, corners (2, 2) in image coordinates, with a random object."""
    (x0, y0), (x1, y1) = box
    w, h = x1 - x0, y1 - y0
    share = rng.uniform(*difficulty.occluder_share)
    color, trim = random_color(rng), random_color(rng)
    kind = rng.integers(5)
    if kind == 0:  # a counter or crate before the legs
        top, reach = y1 - share * h, rng.uniform(0.0, 0.3) * w
        _paint_box(canvas, (x0 - reach, top), (x1 + reach, y1 + 0.15 * h), color, trim)
    elif kind == 1:  # a post
        x, radius = rng.uniform(x0 + 0.15 * w, x1 - 0.15 * w), max(0.3 * share * w, 1.5)
        ends = (
            np.array((x, y0 - 0.3 * h)),
            np.array((x + rng.normal(0.0, 0.03 * w), y1 + 0.1 * h)),
        )
        paint_capsule(canvas, ends, (radius, radius), color, Canvas.OBJECT)
    elif kind == 2:  # a plant
        foot = np.array((rng.uniform(x0, x1), y1 + 0.03 * h))
        green = (random_color(rng) * (0.4, 0.9, 0.4)).astype(np.float32)
        for _ in range(9):
            tip = (
                foot
                + rng.normal(0.0, 1.0, 2) * (0.25 * w, 0.0)
                - (0.0, rng.uniform(0.5, 1.8) * share * h)
            )
            radius = 0.02 * h
            paint_capsule(
                canvas,
                (foot, tip),
                (radius, 0.4 * radius),
                green * rng.uniform(0.6, 1.1),
                Canvas.OBJECT,
            )
    elif kind == 3:  # a board or bag somewhere on the body
        side = np.sqrt(share)
        center = rng.uniform((x0 + 0.2 * w, y0 + 0.35 * h), (x1 - 0.2 * w, y1 - 0.1 * h))
        half = 0.5 * side * np.array((w, h)) * np.exp(rng.normal(0.0, 0.2) * np.array((1, -1)))
        _paint_box(canvas, center - half, center + half, color, trim)
    else:  # a ball or wheel
        radius = 0.45 * np.sqrt(share * w * h)
        center = rng.uniform((x0, y0 + 0.5 * h), (x1, y1))
        for size, paint in ((radius, color), (0.75 * radius, trim), (0.35 * radius, color)):
            axes = (np.array((size, 0.0)), np.array((0.0, size)))
            paint_ellipse(canvas, center, axes, paint, Canvas.OBJECT)


def _paint_box(
    canvas: Canvas, low: np.ndarray, high: np.ndarray, color: np.ndarray, trim: np.ndarray
) -> None:
    (x0, y0), (x1, y1) = low, high
    corners = np.array(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    paint_polygon(canvas, corners, color * 0.8, Canvas.OBJECT)
    band = y0 + 0.15 * (y1 - y0)
    lid = np.array(((x0, y0), (x1, y0), (x1, band), (x0, band)))
    paint_polygon(canvas, lid, trim, Canvas.OBJECT)
