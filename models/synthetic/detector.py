"""Answer as a person detector would: shifted boxes, misses, doubles and false alarms."""

from __future__ import annotations

import numpy as np

from models.synthetic.scene import Person, Scene
from models.synthetic.spec import Difficulty

Detection = tuple[list[float], float]
"""A box [x, y, w, h] in image coordinates and its score in (0, 1)."""


def detect(scene: Scene, rng: np.random.Generator, difficulty: Difficulty) -> list[Detection]:
    """Boxes about the people of a scene, and some about no one; best score first."""
    found: list[Detection] = []
    for person in scene.people:
        if rng.random() < miss_chance(person, difficulty):
            continue
        for double in (False, True):
            if double and rng.random() >= difficulty.duplicates:
                break
            spread = difficulty.box_jitter * (5.0 if double else 1.0)
            box = _shifted(person.box, rng, spread * (1.5 - 0.5 * person.share), scene.size)
            if box is None:
                continue
            quality = _iou(box, person.box) * (0.55 + 0.45 * person.share)
            logit = 7.0 * (quality - 0.55) + rng.normal(0.0, 0.7)
            if person.area < 1000:
                logit -= 0.8
            if double:
                logit = rng.normal(-2.5, 0.8)
            found.append((box, _score(logit)))
    for _ in range(rng.poisson(difficulty.false_positives)):
        box = _false_alarm(scene, rng)
        if box is not None:
            found.append((box, _score(rng.normal(-2.6, 1.0))))
    return sorted(found, key=lambda item: -item[1])


def miss_chance(person: Person, difficulty: Difficulty) -> float:
    """How likely the detector overlooks someone: more if small, hidden or mostly outside."""
    chance = difficulty.misses + 0.6 * max(0.0, 0.6 - person.share)
    if person.area < 1000:
        chance += 0.04
    if person.area < 350:
        chance += 0.15
    if (person.coco[:, 2] > 0).sum() < 6:
        chance += 0.15
    return chance


def _shifted(
    box: tuple[float, ...], rng: np.random.Generator, spread: float, size: tuple[int, int]
) -> list[float] | None:
    """The box with each edge moved by `spread` of its width or height, inside the picture."""
    x, y, w, h = box
    edges = np.array((x, y, x + w, y + h)) + rng.normal(0.0, spread, 4) * (w, h, w, h)
    return _tidy(edges, size)


def _false_alarm(scene: Scene, rng: np.random.Generator) -> list[float] | None:
    """A box about part of someone or about the background; None if someone would fit it."""
    w, h = scene.size
    if scene.people and rng.random() < 0.4:
        x, y, bw, bh = scene.people[rng.integers(len(scene.people))].box
        part = rng.uniform(0.25, 0.55)
        edges = np.array((x, y, x + bw, y + part * bh))
        if rng.random() < 0.5:
            edges[[1, 3]] = y + (1.0 - part) * bh, y + bh
    else:
        tall = h * rng.uniform(0.15, 0.8)
        wide = tall * rng.uniform(0.25, 0.7)
        x, y = rng.uniform(0.0, max(w - wide, 1.0)), rng.uniform(0.0, max(h - tall, 1.0))
        edges = np.array((x, y, x + wide, y + tall))
    box = _tidy(edges, scene.size)
    if box is None or any(_iou(box, person.box) > 0.5 for person in scene.people):
        return None
    return box


def _tidy(edges: np.ndarray, size: tuple[int, int]) -> list[float] | None:
    """Edges x0, y0, x1, y1 clipped to the picture as [x, y, w, h]; None if nothing is left."""
    low = np.maximum(edges[:2], 0.0)
    high = np.minimum(edges[2:], size)
    if (high - low < 4.0).any():
        return None
    return [round(float(value), 2) for value in (*low, *(high - low))]


def _iou(one: list[float], other: tuple[float, ...]) -> float:
    (x0, y0, w0, h0), (x1, y1, w1, h1) = one, other
    across = max(0.0, min(x0 + w0, x1 + w1) - max(x0, x1))
    down = max(0.0, min(y0 + h0, y1 + h1) - max(y0, y1))
    shared = across * down
    return shared / (w0 * h0 + w1 * h1 - shared)


def _score(logit: float) -> float:
    return round(float(1.0 / (1.0 + np.exp(-logit))), 4)
