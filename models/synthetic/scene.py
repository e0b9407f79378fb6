"""One picture with its people and their labels, from a seed, a split and a number alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.synthetic.background import sample_background
from models.synthetic.body import Body
from models.synthetic.camera import photograph
from models.synthetic.canvas import Canvas
from models.synthetic.figure import paint_figure, paint_seat
from models.synthetic.labels import coco_joints, measure, mpii_joints
from models.synthetic.occluders import paint_occluder
from models.synthetic.poses import sample_pose
from models.synthetic.skeleton import articulate, sample_shape
from models.synthetic.spec import SPLITS, Difficulty, SyntheticSpec
from models.synthetic.wardrobe import random_color, sample_outfit

LEAST_AREA, LEAST_SHARE = 60, 0.12
"""People of whom fewer pixels, or a smaller share, can be seen are not annotated."""


@dataclass(frozen=True)
class Person:
    """The labels of one person, in image coordinates."""

    coco: np.ndarray
    """(17, 3) x, y, visibility."""
    mpii: np.ndarray
    """(16, 3) x, y, visibility."""
    box: tuple[float, float, float, float]
    """(x, y, w, h) of the silhouette inside the picture."""
    area: int
    """Seen pixels."""
    share: float
    """Seen part of the silhouette inside the picture."""
    head_box: np.ndarray
    """(2, 2) corners of the box about the head."""
    seen: str
    """'front', 'side' or 'back'."""


@dataclass(frozen=True)
class Scene:
    """A picture (H, W, 3) uint8 BGR and its annotated people."""

    image: np.ndarray
    people: tuple[Person, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) in pixels."""
        return self.image.shape[1], self.image.shape[0]


def generator(spec: SyntheticSpec, split: str, index: int, purpose: int = 0) -> np.random.Generator:
    """The random numbers of one picture: no two splits, indices or purposes share any."""
    seed = np.random.SeedSequence((spec.seed, SPLITS.index(split), index, purpose))
    return np.random.default_rng(seed)


def draw_scene(spec: SyntheticSpec, split: str, index: int) -> Scene:
    """Draw picture `index` (from 0) of a split ('train' or 'val')."""
    rng = generator(spec, split, index)
    difficulty = spec.difficulty
    size = _sample_size(rng, spec.image_size)
    canvas = Canvas(sample_background(rng, size, difficulty))
    bodies = _place_people(rng, size, difficulty)
    silhouettes = []
    for person, (body, seen, seat) in enumerate(bodies):
        if seat:
            paint_seat(canvas, body, random_color(rng))
        canvas.begin_silhouette()
        paint_figure(canvas, body, person)
        silhouettes.append((body, seen, canvas.begin_silhouette()))
        if rng.random() < difficulty.occluded:
            paint_occluder(canvas, rng, body.extent(), difficulty)
    people = [
        label_person(body, seen, silhouette, canvas.owner, person)
        for person, (body, seen, silhouette) in enumerate(silhouettes)
    ]
    seen_people = tuple(person for person in people if person is not None)
    return Scene(photograph(canvas.image, rng, difficulty), seen_people)


def label_person(
    body: Body, seen: str, silhouette: np.ndarray, owner: np.ndarray, person: int
) -> Person | None:
    """The labels of a painted body, or None where too little of it can be seen.

    Args:
        body: the body.
        seen: 'front', 'side' or 'back'.
        silhouette: (H, W) bool, all that was painted of it.
        owner: (H, W) of the finished canvas.
        person: its number on the canvas.
    """
    coverage = measure(silhouette, owner, person)
    if coverage is None or coverage.area < LEAST_AREA or coverage.share < LEAST_SHARE:
        return None
    return Person(
        coco=coco_joints(body, owner, person, coverage.share),
        mpii=mpii_joints(body, owner, person, coverage.share),
        box=coverage.box,
        area=coverage.area,
        share=coverage.share,
        head_box=body.head_box(),
        seen=seen,
    )


def _sample_size(rng: np.random.Generator, greatest: tuple[int, int]) -> tuple[int, int]:
    w, h = (round(float(side * rng.uniform(0.8, 1.0))) for side in greatest)
    return (h, w) if rng.random() < 0.15 else (w, h)


def _place_people(
    rng: np.random.Generator, size: tuple[int, int], difficulty: Difficulty
) -> list[tuple[Body, str, bool]]:
    """Pose people and find places where they overlap little; farthest (smallest) first."""
    chances = np.asarray(difficulty.people) / sum(difficulty.people)
    placed: list[tuple[Body, str, bool]] = []
    boxes: list[np.ndarray] = []
    wanted = 1 + int(rng.choice(len(chances), p=chances))
    for _ in range(wanted):
        body, seen, seat, small = _sample_body(rng, size, difficulty, crowd=wanted)
        truncate = not small and rng.random() < difficulty.truncated
        for _ in range(12):
            body = _moved(rng, body, size, difficulty, truncate)
            box = _inside(body.extent(), size)
            if all(_overlap(box, other) <= difficulty.overlap for other in boxes):
                placed.append((body, seen, seat))
                boxes.append(box)
                break
            body = replace(body, scale=body.scale * 0.95)
    return sorted(placed, key=lambda item: item[0].scale)


def _sample_body(
    rng: np.random.Generator, size: tuple[int, int], difficulty: Difficulty, crowd: int
) -> tuple[Body, str, bool, bool]:
    w, h = size
    shape = sample_shape(rng)
    pose, seen = sample_pose(rng, difficulty)
    small = bool(rng.random() < difficulty.small)
    low, high = difficulty.small_height if small else difficulty.height
    high = low + (high - low) * (1.0 if crowd <= 2 else 0.75)
    body = Body(
        skeleton=articulate(shape, pose),
        shape=shape,
        outfit=sample_outfit(rng),
        origin=np.zeros(2),
        scale=h * rng.uniform(low, high),
    )
    extent = body.extent()
    # outstretched and lying bodies shrink until the picture can hold them
    fit = min(
        1.0, 0.96 * w / (extent[1, 0] - extent[0, 0]), 0.97 * h / (extent[1, 1] - extent[0, 1])
    )
    return replace(body, scale=body.scale * fit), seen, pose.seat, small


def _moved(
    rng: np.random.Generator,
    body: Body,
    size: tuple[int, int],
    difficulty: Difficulty,
    truncate: bool,
) -> Body:
    """The body at a random place inside the picture, or pushed over one of its borders."""
    extent = replace(body, origin=np.zeros(2)).extent()
    reach = extent[1] - extent[0]
    room = np.maximum(np.asarray(size) - 1 - reach, 0.0)
    corner = room * (rng.random(), rng.uniform(0.2, 1.0))
    if truncate:
        out = rng.uniform(0.08, 0.35)
        border = rng.choice(4, p=(0.25, 0.25, 0.4, 0.1))  # left, right, below, above
        if border == 0:
            corner[0] = -out * reach[0]
        elif border == 1:
            corner[0] = size[0] - (1.0 - out) * reach[0]
        elif border == 2:
            corner[1] = size[1] - (1.0 - out) * reach[1]
        else:
            corner[1] = -0.5 * out * reach[1]
    return replace(body, origin=corner - extent[0])


def _inside(box: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.clip(box, 0.0, np.asarray(size) - 1.0)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Shared area of two boxes as a fraction of the smaller one."""
    shared = np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])
    if (shared <= 0).any():
        return 0.0
    smaller = min(np.prod(one[1] - one[0]), np.prod(other[1] - other[0]))
    return float(shared.prod() / max(smaller, 1.0))
