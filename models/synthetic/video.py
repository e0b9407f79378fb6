"""A film of drawn people who cross each other's way, with their true joints and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from models.synthetic.background import sample_background
from models.synthetic.camera import photograph
from models.synthetic.canvas import Canvas
from models.synthetic.detector import Detection, detect
from models.synthetic.figure import paint_figure
from models.synthetic.scene import Scene, label_person
from models.synthetic.spec import MOST_PEOPLE, Difficulty
from models.synthetic.walk import sample_walkers

_WALKERS, _BACKGROUND, _CAMERA, _DETECTOR = range(4)


@dataclass(frozen=True)
class VideoSpec:
    """One film. Two equal specs give equal frames, labels and detections.

    Raises:
        ValueError: a number that makes no film.
    """

    frames: int = 150
    people: int = 3
    size: tuple[int, int] = (640, 360)
    """(w, h) in pixels."""
    fps: float = 25.0
    seed: int = 0
    difficulty: Difficulty = field(
        default_factory=lambda: Difficulty(distractors=0.0, blur=0.0, false_positives=0.15)
    )
    """Of the background, the camera and the simulated detector; people follow from the rest."""

    def __post_init__(self) -> None:
        if self.frames < 1 or self.fps <= 0 or self.seed < 0:
            raise ValueError(
                f"cannot make {self.frames} frames at {self.fps:g} a second from seed {self.seed}; "
                "use 1 or more, more than 0, and 0 or more"
            )
        if not 0 <= self.people <= MOST_PEOPLE:
            raise ValueError(f"cannot draw {self.people} people; use 0 to {MOST_PEOPLE}")
        if min(self.size) < 96 or max(self.size) > 4096:
            raise ValueError(
                f"frames of {self.size[0]}x{self.size[1]} are out of range; "
                "use sides of 96 to 4096 pixels"
            )


@dataclass(frozen=True)
class VideoFrame:
    """A frame, who is seen in it, and what a detector would answer."""

    scene: Scene
    ids: tuple[int, ...]
    """The number (from 1) of each person of the scene; the same in all frames."""
    detections: list[Detection]


def draw_video(spec: VideoSpec) -> Iterator[VideoFrame]:
    """Draw a film frame by frame. Who is hidden behind another is missing from `scene.people`."""
    background = sample_background(_generator(spec, _BACKGROUND), spec.size, spec.difficulty)
    walkers = sample_walkers(_generator(spec, _WALKERS), spec.people, spec.size)
    detector = _generator(spec, _DETECTOR)
    for index in range(spec.frames):
        canvas = Canvas(background.copy())
        painted = []
        for person, walker in enumerate(walkers):
            body = walker.at(index / spec.fps)
            canvas.begin_silhouette()
            paint_figure(canvas, body, person)
            painted.append((body, canvas.begin_silhouette()))
        people, ids = [], []
        for person, (body, silhouette) in enumerate(painted):
            labels = label_person(body, "front", silhouette, canvas.owner, person)
            if labels is not None:
                people.append(labels)
                ids.append(person + 1)
        # one camera: the same contrast and grain in every frame
        image = photograph(canvas.image, _generator(spec, _CAMERA), spec.difficulty)
        scene = Scene(image, tuple(people))
        yield VideoFrame(scene, tuple(ids), detect(scene, detector, spec.difficulty))


def _generator(spec: VideoSpec, purpose: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence((spec.seed, purpose)))
