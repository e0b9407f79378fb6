"""One body placed in a picture: from the view frame to image coordinates, and its solid parts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.synthetic.skeleton import Shape, Skeleton
from models.synthetic.wardrobe import Outfit

BONES = {
    "upper_arm": ("shoulder", "elbow", 0.040, 0.033),
    "forearm": ("elbow", "wrist", 0.033, 0.024),
    "hand": ("wrist", "hand", 0.025, 0.028),
    "thigh": ("hip", "knee", 0.060, 0.045),
    "shin": ("knee", "ankle", 0.044, 0.030),
    "foot": ("ankle", "toe", 0.034, 0.027),
}
"""Limb part -> its two points and its radius at each, in body heights at girth 1."""

PARTS = (
    *("pelvis", "torso", "neck", "head", "hair", "pack"),
    *(f"{side}_{part}" for side in ("left", "right") for part in BONES),
)
"""Parts that own pixels; a part's number is its place here."""


@dataclass(frozen=True)
class Body:
    """A posed and dressed body; `origin` (2,) is its pelvis in the image, `scale` px a height."""

    skeleton: Skeleton
    shape: Shape
    outfit: Outfit
    origin: np.ndarray
    scale: float

    def image(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the view frame in image coordinates (..., 2)."""
        return self.origin + self.scale * (points[..., :2] * (1.0, -1.0))

    def point(self, name: str) -> np.ndarray:
        """A named point (2,) in image coordinates."""
        return self.image(self.skeleton.points[name])

    def head_box(self) -> np.ndarray:
        """Corners (2, 2) in image coordinates of the box about the head, hair and hat left out."""
        reach = np.sqrt(((self.skeleton.head * self.shape.head) ** 2).sum(1))[:2] * self.scale
        center = self.point("head_center")
        return np.stack((center - reach, center + reach))

    def extent(self) -> np.ndarray:
        """Corners (2, 2) in image coordinates of the box about the whole body, even off it."""
        centers = self.image(np.stack([self.skeleton.points[name] for name, _ in _ENDS]))
        reach = np.array([[radius] for _, radius in _ENDS]) * self.shape.girth * self.scale
        head = self.head_box()
        low = np.minimum((centers - reach).min(0), head[0])
        return np.stack((low, np.maximum((centers + reach).max(0), head[1])))

    def ring(self, frame: np.ndarray, center: np.ndarray, across: float, deep: float) -> np.ndarray:
        """An ellipse (16, 2) in image coordinates about the trunk: radii in body heights."""
        return self.image(center + _CIRCLE * (across, deep) @ frame[:, (0, 2)].T)

    def trunk(self, level: float) -> tuple[np.ndarray, np.ndarray, float, float]:
        """The trunk's cross-section at a level: 0 the crotch, 1 the waist, 2 the shoulders.

        Returns:
            Its frame (3, 3), centre (3,) in the view frame, and radii across and forward.
        """
        shape, points = self.shape, self.skeleton.points
        stops = np.array((0.0, 0.5, 1.0, 1.65, 2.0))
        widths = (
            shape.hip + 0.034 * shape.girth,
            shape.hip + 0.040 * shape.girth,
            0.092 * shape.girth,
            0.99 * shape.shoulder,
            0.86 * shape.shoulder,
        )
        across = float(np.interp(level, stops, widths))
        deep = shape.girth * float(np.interp(level, stops, (0.056, 0.064, 0.060, 0.068, 0.045)))
        if level <= 1.0:
            low = points["pelvis"] - self.skeleton.pelvis[:, 1] * 0.035
            return self.skeleton.pelvis, low + level * (points["waist"] - low), across, deep
        center = points["waist"] + (level - 1.0) * (points["thorax"] - points["waist"])
        return self.skeleton.chest, center, across, deep

    def on_trunk(self, across: float, level: float, front: float = 1.0) -> np.ndarray:
        """A place (2,) in the image on the trunk's front (or back, -1); `across` 1 is its left."""
        frame, center, width, deep = self.trunk(level)
        height = front * deep * np.sqrt(max(1.0 - across * across, 0.0))
        return self.image(center + frame @ (across * width, 0.0, height))


_ENDS = tuple(
    (f"{side}_{name}", radius)
    for side in ("left", "right")
    for start, end, first, last in BONES.values()
    for name, radius in ((start, first), (end, last))
)
"""Every end of a limb with its radius at girth 1."""

_ANGLES = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
_CIRCLE = np.stack((np.cos(_ANGLES), np.sin(_ANGLES)), axis=1)
