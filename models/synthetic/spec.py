"""What a synthetic data set is made from: sizes, seed, and every knob of its difficulty."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

FORMS = ("coco", "mpii", "both")
SPLITS = ("train", "val")
MOST_PEOPLE = 6
VERSION = 1
"""Version of the generator: raised whenever the same seed would give other pictures or labels."""


@dataclass(frozen=True)
class Difficulty:
    """How hard the pictures are. Fractions are of people unless they say pictures.

    The defaults are meant for a short training on two processor cores: most people are large,
    upright and facing the viewer, and every joint can be inferred from what is drawn.
    """

    people: tuple[float, ...] = (0.34, 0.36, 0.21, 0.07, 0.02)
    """Chance that a picture shows 1, 2, 3, ... people."""
    height: tuple[float, float] = (0.52, 0.95)
    """Standing height as a fraction of the picture's height, least and greatest."""
    small: float = 0.03
    """People drawn at `small_height` instead: background figures, COCO's medium areas."""
    small_height: tuple[float, float] = (0.22, 0.42)
    overlap: float = 0.08
    """Greatest share of the smaller of two people's boxes that the other may cover."""
    truncated: float = 0.06
    """People pushed over a border of the picture, by 8 to 35 % of their box."""
    facing: tuple[float, float, float] = (0.76, 0.12, 0.12)
    """Chance to be seen from the front (three-quarter views included), the side, the back."""
    unusual: float = 0.03
    """People lying, falling or upside down (any rotation in the picture's plane)."""
    tilt: float = 5.0
    """Standard deviation in degrees of the rotation in the picture's plane of all others."""
    occluded: float = 0.08
    """People with an object drawn in front of them."""
    occluder_share: tuple[float, float] = (0.06, 0.18)
    """Share of the person's box that such an object covers, least and greatest."""
    distractors: float = 0.20
    """Pictures with shapes in the background that resemble people or limbs."""
    clutter: tuple[int, int] = (2, 8)
    """Number of random shapes in the background, least and greatest."""
    blur: float = 0.10
    """Pictures blurred, by a Gaussian of 0.5 to 1.1 pixels."""
    noise: tuple[float, float] = (0.0, 5.0)
    """Standard deviation of the pixel noise in grey levels, least and greatest."""
    contrast: float = 0.15
    """Brightness and contrast change by up to this fraction."""
    jpeg_quality: tuple[int, int] = (78, 95)
    # The simulated detector
    box_jitter: float = 0.02
    """Standard deviation of each detected edge as a fraction of the box's width or height."""
    misses: float = 0.02
    """Chance that a large, unoccluded person is not detected; small and hidden ones have more."""
    duplicates: float = 0.12
    """Detections that come with a second, worse box of low score."""
    false_positives: float = 0.9
    """Expected boxes per picture around no person; their scores are mostly low."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: more people in a picture than the canvas can tell apart.
        """
        if not 1 <= len(self.people) <= MOST_PEOPLE:
            raise ValueError(
                f"people gives {len(self.people)} chances; give 1 to {MOST_PEOPLE}, for one to "
                f"{MOST_PEOPLE} people in a picture"
            )


@dataclass(frozen=True)
class SyntheticSpec:
    """One synthetic data set. Two equal specs give equal pictures, labels and detections."""

    train: int = 3000
    """Pictures in the training split."""
    val: int = 500
    """Pictures in the validation split; its people and pictures occur nowhere else."""
    seed: int = 0
    form: str = "both"
    """Annotation files to write: 'coco', 'mpii' or 'both'; the pictures are the same."""
    image_size: tuple[int, int] = (400, 300)
    """Greatest (w, h) of a picture in pixels; sides vary from 80 % of it, some stand upright."""
    difficulty: Difficulty = field(default_factory=Difficulty)

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ValueError: a count is negative, both are 0, the form is unknown or the size too small.
        """
        if self.form not in FORMS:
            raise ValueError(f"form {self.form!r} is unknown; use one of {', '.join(FORMS)}")
        if self.train < 0 or self.val < 0 or self.train + self.val == 0:
            raise ValueError(
                f"cannot make {self.train} training and {self.val} validation pictures; "
                "give counts of 0 or more and at least one picture"
            )
        if self.seed < 0:
            raise ValueError(f"seed {self.seed} is negative; use 0 or more")
        if min(self.image_size) < 96 or max(self.image_size) > 4096:
            raise ValueError(
                f"image size {self.image_size[0]}x{self.image_size[1]} is out of range; "
                "use sides of 96 to 4096 pixels"
            )

    def count(self, split: str) -> int:
        """Pictures of a split ('train' or 'val')."""
        return {"train": self.train, "val": self.val}[split]

    def as_dict(self) -> dict[str, Any]:
        """The spec in json's types, with the generator's version: what makes data sets equal."""
        plain = {"version": VERSION, **asdict(self)}
        plain["image_size"] = list(self.image_size)
        plain["difficulty"] = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in plain["difficulty"].items()
        }
        return plain
