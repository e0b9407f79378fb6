"""Poses that people take: families of joint angles with limits, and how the body is turned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from models.synthetic.skeleton import Limb, Pose
from models.synthetic.spec import Difficulty


def sample_pose(rng: np.random.Generator, difficulty: Difficulty) -> tuple[Pose, str]:
    """Draw a pose and how it is seen: 'front', 'side' or 'back'."""
    names, weights = zip(*((name, weight) for name, (weight, _) in FAMILIES.items()), strict=True)
    chances = np.asarray(weights) / sum(weights)
    pose = FAMILIES[names[rng.choice(len(names), p=chances)]][1](rng)
    if rng.random() < 0.5:
        pose = mirrored(pose)
    facing = np.asarray(difficulty.facing) / sum(difficulty.facing)
    seen = ("front", "side", "back")[rng.choice(3, p=facing)]
    if seen == "front":
        yaw = float(np.clip(rng.normal(0.0, 24.0), -50.0, 50.0))
    elif seen == "back":
        yaw = 180.0 + float(np.clip(rng.normal(0.0, 20.0), -45.0, 45.0))
    else:
        yaw = rng.choice((-1.0, 1.0)) * rng.uniform(60.0, 105.0)
    roll = rng.normal(0.0, difficulty.tilt)
    if rng.random() < difficulty.unusual:
        roll = rng.uniform(-180.0, 180.0)
        if rng.random() < 0.6:  # lying
            roll = rng.choice((-90.0, 90.0)) + rng.normal(0.0, 12.0)
    pose = replace(
        pose,
        yaw=yaw,
        roll=roll,
        pitch=float(np.clip(rng.normal(6.0, 6.0), -8.0, 22.0)),
        twist=pose.twist + rng.normal(0.0, 6.0),
        side_lean=pose.side_lean + rng.normal(0.0, 3.0),
        head_yaw=pose.head_yaw + float(np.clip(rng.normal(0.0, 16.0), -40.0, 40.0)),
        head_pitch=pose.head_pitch + float(np.clip(rng.normal(0.0, 7.0), -16.0, 16.0)),
        head_roll=pose.head_roll + float(np.clip(rng.normal(0.0, 6.0), -15.0, 15.0)),
    )
    return pose, seen


def mirrored(pose: Pose) -> Pose:
    """The same pose with left and right exchanged, seen from the same direction."""
    return replace(
        pose,
        left_arm=pose.right_arm,
        right_arm=pose.left_arm,
        left_leg=pose.right_leg,
        right_leg=pose.left_leg,
        side_lean=-pose.side_lean,
        twist=-pose.twist,
        head_yaw=-pose.head_yaw,
        head_roll=-pose.head_roll,
    )


def _draw(
    rng: np.random.Generator, side: tuple, swing: tuple, bend: tuple, twist: tuple = (-10, 10)
) -> Limb:
    """A limb with each angle uniform between two bounds."""
    return Limb(*(float(rng.uniform(*bounds)) for bounds in (side, swing, bend, twist)))


def _hanging(rng: np.random.Generator) -> Limb:
    return _draw(rng, (4, 24), (-18, 18), (4, 45), (-15, 45))


def _any_arm(rng: np.random.Generator) -> Limb:
    """An arm in one of the places where people hold their arms."""
    kind = rng.integers(7)
    if kind <= 1:
        return _hanging(rng)
    if kind == 2:  # hand on the hip
        return _draw(rng, (35, 55), (-25, -5), (80, 105), (70, 95))
    if kind == 3:  # waving, hand at the head
        return _draw(rng, (60, 110), (0, 40), (70, 130), (-30, 40))
    if kind == 4:  # straight up
        return _draw(rng, (130, 172), (-10, 25), (0, 50), (-20, 60))
    if kind == 5:  # out to the side
        return _draw(rng, (60, 105), (-15, 20), (0, 50), (-90, 90))
    return _draw(rng, (5, 35), (30, 85), (10, 95), (0, 50))  # reaching forward, holding


def _standing_leg(rng: np.random.Generator) -> Limb:
    return _draw(rng, (1, 11), (-7, 10), (0, 10))


def _stand(rng: np.random.Generator) -> Pose:
    return Pose(_hanging(rng), _hanging(rng), _standing_leg(rng), _standing_leg(rng))


def _gesture(rng: np.random.Generator) -> Pose:
    return Pose(_any_arm(rng), _any_arm(rng), _standing_leg(rng), _standing_leg(rng))


def _walk(rng: np.random.Generator) -> Pose:
    stride, run = rng.uniform(12, 32), rng.random() < 0.4
    bend = rng.uniform(60, 105) if run else rng.uniform(8, 35)
    stride *= 1.5 if run else 1.0
    return Pose(
        _draw(rng, (5, 18), (-1.2 * stride, -0.6 * stride), (bend, bend + 15), (0, 30)),
        _draw(rng, (5, 18), (0.6 * stride, 1.2 * stride), (bend, bend + 15), (0, 30)),
        _draw(rng, (0, 5), (0.8 * stride, 1.3 * stride), (5, 60 if run else 20)),
        _draw(rng, (0, 5), (-stride, -0.5 * stride), (10, 90 if run else 40)),
        lean=rng.uniform(2, 18 if run else 6),
    )


def _sit(rng: np.random.Generator) -> Pose:
    def leg() -> Limb:
        return _draw(rng, (2, 22), (70, 95), (60, 105))

    def arm() -> Limb:
        if rng.random() < 0.7:  # resting on the lap
            return _draw(rng, (5, 20), (15, 45), (20, 75), (0, 40))
        return _any_arm(rng)

    return Pose(arm(), arm(), leg(), leg(), lean=rng.uniform(-12, 15), seat=True)


def _crouch(rng: np.random.Generator) -> Pose:
    swing = rng.uniform(55, 110)
    legs = [_draw(rng, (5, 28), (swing - 8, swing + 8), (swing + 5, swing + 35)) for _ in range(2)]
    return Pose(_any_arm(rng), _any_arm(rng), *legs, lean=rng.uniform(10, 40))


def _lunge(rng: np.random.Generator) -> Pose:
    front = _draw(rng, (2, 12), (45, 85), (50, 95))
    back = _draw(rng, (2, 10), (-25, 0), (20, 75))
    return Pose(_any_arm(rng), _any_arm(rng), front, back, lean=rng.uniform(-5, 25))


def _star(rng: np.random.Generator) -> Pose:
    arms = [_draw(rng, (70, 165), (-10, 10), (0, 35), (-60, 60)) for _ in range(2)]
    legs = [_draw(rng, (12, 38), (-8, 12), (0, 35)) for _ in range(2)]
    return Pose(*arms, *legs, side_lean=rng.uniform(-10, 10))


def _kick(rng: np.random.Generator) -> Pose:
    up = _draw(rng, (0, 50), (25, 90), (0, 60))
    return Pose(_any_arm(rng), _any_arm(rng), up, _standing_leg(rng), lean=rng.uniform(-12, 8))


def _bow(rng: np.random.Generator) -> Pose:
    arms = [_draw(rng, (3, 25), (10, 60), (5, 50), (-10, 40)) for _ in range(2)]
    return Pose(
        *arms,
        _standing_leg(rng),
        _standing_leg(rng),
        lean=rng.uniform(20, 55),
        head_pitch=rng.uniform(-35, -5),
    )


FAMILIES: dict[str, tuple[float, Callable[[np.random.Generator], Pose]]] = {
    "stand": (0.20, _stand),
    "gesture": (0.28, _gesture),
    "walk": (0.16, _walk),
    "sit": (0.10, _sit),
    "star": (0.09, _star),
    "lunge": (0.05, _lunge),
    "kick": (0.05, _kick),
    "crouch": (0.04, _crouch),
    "bow": (0.03, _bow),
}
"""Name of a family of poses -> its share and its sampler, for a body turned to the viewer."""
