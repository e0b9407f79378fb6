"""What a person looks like: skin, hair, clothes and their patterns."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from models.synthetic.canvas import Cloth

SKIN = (
    (205, 226, 250),
    (170, 200, 240),
    (135, 175, 222),
    (95, 140, 195),
    (62, 100, 155),
    (42, 70, 112),
)
HAIR = (
    (25, 22, 20),
    (35, 45, 60),
    (40, 70, 110),
    (70, 130, 185),
    (150, 195, 225),
    (35, 60, 150),
    (175, 175, 175),
)
PATTERNS = ("plain", "rings", "stripes", "check", "dots")


@dataclass(frozen=True)
class Fabric:
    """Two colors (3,) and the pattern in which they alternate; `period` in body heights."""

    color: np.ndarray
    second: np.ndarray
    pattern: str
    period: float

    def at_scale(self, scale: float) -> Cloth:
        """The fabric as a function of distances (along, across) in pixels, `scale` px a body."""
        period = max(self.period * scale, 3.0)

        def color(along: np.ndarray, across: np.ndarray) -> np.ndarray:
            share = _share(self.pattern, along / period, across / period)
            if share is None:
                return self.color
            return self.color + share[..., None] * (self.second - self.color)

        return color


@dataclass(frozen=True)
class Outfit:
    """Everything about a person's looks that is not the body's shape."""

    skin: np.ndarray
    hair: np.ndarray
    hair_style: str
    beard: bool
    glasses: bool
    hat: np.ndarray | None
    shirt: Fabric
    sleeve: float
    """How much of the arm is covered: 0 none, 1 to the elbow, 2 to the wrist."""
    collar: str
    buttons: bool
    pocket: bool
    bottom: Fabric
    bottom_length: float
    """How much of the leg is covered: 1 to the knee, 2 to the ankle."""
    skirt: bool
    shoes: np.ndarray
    belt: np.ndarray
    backpack: np.ndarray | None
    iris: np.ndarray


def sample_outfit(rng: np.random.Generator) -> Outfit:
    """Draw the looks of one person; no color is tied to a side of the body."""
    hat = random_color(rng) if rng.random() < 0.15 else None
    style = ("bald", "short", "short", "short", "long", "long", "bun")[rng.integers(7)]
    skirt = bool(rng.random() < 0.13)
    return Outfit(
        skin=_vary(rng, SKIN[rng.integers(len(SKIN))], 10),
        hair=_vary(rng, HAIR[rng.integers(len(HAIR))], 8),
        hair_style=style,
        beard=bool(rng.random() < 0.12),
        glasses=bool(rng.random() < 0.12),
        hat=hat,
        shirt=_fabric(rng, plain=0.5),
        sleeve=float(rng.choice((0.0, 0.6, 0.75, 1.3, 2.0, 2.0))),
        collar=("round", "v", "shirt")[rng.integers(3)],
        buttons=bool(rng.random() < 0.4),
        pocket=bool(rng.random() < 0.3),
        bottom=_fabric(rng, plain=0.8),
        bottom_length=float(rng.choice((0.75, 1.0, 2.0, 2.0, 2.0))),
        skirt=skirt,
        shoes=random_color(rng),
        belt=random_color(rng),
        backpack=random_color(rng) if rng.random() < 0.15 else None,
        iris=_vary(rng, (40, 35, 30), 18),
    )


def random_color(rng: np.random.Generator) -> np.ndarray:
    """Any color (3,) BGR, from pale to saturated, seldom near black."""
    red, green, blue = colorsys.hsv_to_rgb(
        rng.random(), rng.uniform(0.05, 0.95), rng.uniform(0.25, 1.0)
    )
    return np.array((blue, green, red), dtype=np.float32) * np.float32(255.0)


def _vary(rng: np.random.Generator, color: tuple[int, int, int], by: float) -> np.ndarray:
    shift = rng.normal(0.0, by) + rng.normal(0.0, by / 3.0, 3)
    return np.clip(np.asarray(color) + shift, 8.0, 252.0).astype(np.float32)


def _fabric(rng: np.random.Generator, plain: float) -> Fabric:
    pattern = "plain" if rng.random() < plain else PATTERNS[rng.integers(1, len(PATTERNS))]
    return Fabric(random_color(rng), random_color(rng), pattern, rng.uniform(0.03, 0.07))


def _share(pattern: str, along: np.ndarray, across: np.ndarray) -> np.ndarray | None:
    """Share (h, w) of the second color at distances in periods; None if there is none."""
    if pattern == "plain":
        return None
    if pattern == "rings":
        wave = _wave(along)
    elif pattern == "stripes":
        wave = _wave(across)
    elif pattern == "check":
        wave = _wave(along) * _wave(across)
    else:
        wave = np.minimum(_wave(along), _wave(across)) - 0.35
    return np.clip(wave * np.float32(2.0) + np.float32(0.5), 0.0, 1.0)


def _wave(distance: np.ndarray) -> np.ndarray:
    return np.sin(distance * np.float32(2.0 * np.pi))
