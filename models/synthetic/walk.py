"""People who walk to and fro and wave: poses and places as smooth functions of time."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from models.synthetic.body import Body
from models.synthetic.skeleton import Limb, Pose, Shape, articulate, sample_shape
from models.synthetic.wardrobe import Outfit, sample_outfit


@dataclass(frozen=True)
class Walker:
    """One person and all that drives its motion. Angles in degrees, times in seconds."""

    shape: Shape
    outfit: Outfit
    scale: float
    """Pixels of a standing height; who is larger is nearer and walks in front."""
    middle: tuple[float, float]
    """Where the pelvis is half way between the turns, in pixels."""
    reach: float
    """How far to either side it walks, in pixels."""
    period: float
    """Time from turn to turn and back."""
    phase: float
    """Where on its way it starts, 0 to 1."""
    stride: float
    """How far a thigh swings."""
    cadence: float
    """Double steps a second."""
    wave: float
    """How high the right arm is raised when it waves; 0 does not."""
    wave_period: float
    turn: float
    """How far it looks where it goes; 0 faces the viewer, 90 is a profile."""

    def at(self, seconds: float) -> Body:
        """The body at a time."""
        way = 2 * np.pi * (seconds / self.period + self.phase)
        sideways, speed = np.sin(way), np.cos(way)  # speed in parts of the greatest
        step = 2 * np.pi * self.cadence * seconds + 6 * self.phase
        pose = self._pose(step, float(speed), seconds)
        bob = 0.012 * self.scale * np.cos(2 * step) * abs(speed)
        origin = np.array((self.middle[0] + self.reach * sideways, self.middle[1] + bob))
        return Body(articulate(self.shape, pose), self.shape, self.outfit, origin, self.scale)

    def _pose(self, step: float, speed: float, seconds: float) -> Pose:
        """Legs and arms swing against each other, and rest at the turns."""
        swing = self.stride * abs(speed) * np.sin(step)
        lift = self.stride * abs(speed) * np.array((np.cos(step), -np.cos(step)))
        legs = [
            Limb(4.0, sign * swing, 8.0 + 1.6 * max(0.0, float(up)), 0.0)
            for sign, up in zip((1.0, -1.0), lift, strict=True)
        ]
        arms = [
            Limb(11.0, -sign * 0.9 * swing, 18.0 + 0.4 * abs(swing), 8.0) for sign in (1.0, -1.0)
        ]
        raised = 0.5 - 0.5 * np.cos(2 * np.pi * seconds / self.wave_period)
        if self.wave:
            elbow = 22.0 * np.sin(2 * np.pi * 1.1 * seconds)
            waving = Limb(self.wave, 10.0, 60.0 + elbow, 20.0)
            arms[1] = _between(arms[1], waving, float(raised))
        return Pose(
            *arms,
            *legs,
            lean=3.0 * abs(speed),
            twist=5.0 * np.sin(step) * abs(speed),
            head_yaw=12.0 * np.sin(0.7 * step),
            yaw=self.turn * speed,
            pitch=5.0,
        )


def _between(one: Limb, other: Limb, share: float) -> Limb:
    angles = ("raise_side", "swing", "bend", "twist")
    return replace(
        one, **{a: (1 - share) * getattr(one, a) + share * getattr(other, a) for a in angles}
    )


def sample_walkers(
    rng: np.random.Generator, number: int, size: tuple[int, int]
) -> tuple[Walker, ...]:
    """People whose ways cross, the farthest (smallest) first.

    Args:
        rng: where all that differs between people comes from.
        number: how many.
        size: (w, h) of the picture in pixels.
    """
    w, h = size
    walkers = []
    for i in range(number):
        near = (i + 0.5) / number
        scale = h * (0.52 + 0.26 * near)
        reach = w * rng.uniform(0.20, 0.30)
        free = max(0.5 * w - reach - 0.16 * scale, 1.0)
        walkers.append(
            Walker(
                shape=sample_shape(rng),
                outfit=replace(sample_outfit(rng), skirt=False),
                scale=scale,
                middle=(
                    0.5 * w + free * rng.uniform(-0.8, 0.8),
                    h * (0.90 + 0.05 * near) - 0.46 * scale,
                ),
                reach=reach * (-1.0 if i % 2 else 1.0),
                period=rng.uniform(6.0, 9.0),
                phase=rng.uniform(0.0, 1.0),
                stride=rng.uniform(17.0, 26.0),
                cadence=rng.uniform(0.7, 1.0),
                wave=float(rng.choice((0.0, 75.0, 120.0))),
                wave_period=rng.uniform(3.5, 5.0),
                turn=rng.uniform(20.0, 50.0) * (-1.0 if i % 2 else 1.0),
            )
        )
    return tuple(walkers)
