"""A body from lengths and joint angles: forward kinematics in the body's and the viewer's frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDES = (("left", 1.0), ("right", -1.0))
"""Name and sign of the body's x axis, which points to the person's left."""


@dataclass(frozen=True)
class Shape:
    """Lengths of one body in units of its standing height. Girths are radii."""

    shoulder: float
    hip: float
    torso: float
    neck: float
    upper_arm: float
    forearm: float
    thigh: float
    shin: float
    head: tuple[float, float, float]
    """Radii of the head's ellipsoid: across, up, forward."""
    girth: float
    """Thickness of limbs and trunk; 1 is average."""


@dataclass(frozen=True)
class Limb:
    """Angles in degrees of an arm or a leg, seen from the trunk.

    `raise_side` lifts the limb away from the body's middle, `swing` forward, `bend` is that of
    elbow or knee, `twist` turns the plane of that bend about the upper bone: 0 bends an elbow
    forward and a knee backward, positive turns the bend towards the body's middle.
    """

    raise_side: float = 8.0
    swing: float = 0.0
    bend: float = 10.0
    twist: float = 0.0


@dataclass(frozen=True)
class Pose:
    """All joint angles in degrees. `yaw` 0 faces the viewer, 90 faces the picture's right."""

    left_arm: Limb
    right_arm: Limb
    left_leg: Limb
    right_leg: Limb
    lean: float = 0.0
    side_lean: float = 0.0
    twist: float = 0.0
    head_yaw: float = 0.0
    head_pitch: float = 0.0
    head_roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0
    seat: bool = False
    """Something to sit on is to be drawn under the pelvis."""


@dataclass(frozen=True)
class Skeleton:
    """A posed body in the view frame: named points (3,) and the frames (3, 3) of its solid parts.

    A frame's columns are the part's x, y and z axes in the view frame.
    """

    points: dict[str, np.ndarray]
    pelvis: np.ndarray
    chest: np.ndarray
    head: np.ndarray


def sample_shape(rng: np.random.Generator) -> Shape:
    """Draw the proportions of one person: slightly large-headed, slim to stout."""
    stretch = rng.normal(1.0, 0.04)
    head = rng.uniform(0.080, 0.096)
    return Shape(
        shoulder=rng.uniform(0.105, 0.135),
        hip=rng.uniform(0.062, 0.080),
        torso=rng.uniform(0.27, 0.31),
        neck=rng.uniform(0.035, 0.050),
        upper_arm=0.165 * stretch * rng.uniform(0.95, 1.05),
        forearm=0.145 * stretch * rng.uniform(0.95, 1.05),
        thigh=0.225 * stretch * rng.uniform(0.95, 1.05),
        shin=0.215 * stretch * rng.uniform(0.95, 1.05),
        head=(head * rng.uniform(0.80, 0.90), head, head * rng.uniform(0.88, 0.98)),
        girth=rng.uniform(0.90, 1.30),
    )


def articulate(shape: Shape, pose: Pose) -> Skeleton:
    """Pose a body: its points and frames in the view frame, the pelvis at the origin."""
    view = _about_z(pose.roll) @ _about_x(pose.pitch) @ _about_y(pose.yaw)
    chest = _about_y(pose.twist) @ _about_x(pose.lean) @ _about_z(pose.side_lean)
    head = chest @ _about_y(pose.head_yaw) @ _about_x(pose.head_pitch) @ _about_z(pose.head_roll)
    half = _about_x(0.5 * pose.lean) @ _about_z(0.5 * pose.side_lean)
    points = {"pelvis": np.zeros(3)}
    points["waist"] = half @ (0.0, 0.4 * shape.torso, 0.0)
    points["thorax"] = points["waist"] + chest @ (0.0, 0.6 * shape.torso, 0.0)
    points["neck"] = points["thorax"] + chest @ (0.0, shape.neck, 0.005)
    points["head_center"] = points["neck"] + head @ (0.0, 0.88 * shape.head[1], 0.1 * shape.head[2])
    points["head_top"] = points["head_center"] + head @ (0.0, 0.95 * shape.head[1], 0.0)
    for name, place in FACE.items():
        points[name] = points["head_center"] + head @ (np.asarray(place) * shape.head)
    for side, sign in SIDES:
        arm: Limb = getattr(pose, f"{side}_arm")
        shrug = 0.03 * np.clip((arm.raise_side - 60.0) / 100.0, 0.0, 1.0)
        shoulder = points["thorax"] + chest @ (sign * shape.shoulder, shrug - 0.022, 0.0)
        upper, lower = _limb(arm, sign, bend_forward=True)
        points[f"{side}_shoulder"] = shoulder
        points[f"{side}_elbow"] = shoulder + chest @ upper * shape.upper_arm
        points[f"{side}_wrist"] = points[f"{side}_elbow"] + chest @ lower * shape.forearm
        points[f"{side}_hand"] = points[f"{side}_wrist"] + chest @ lower * 0.042
        leg: Limb = getattr(pose, f"{side}_leg")
        hip = np.array((sign * shape.hip, -0.02, 0.0))
        upper, lower = _limb(leg, sign, bend_forward=False)
        points[f"{side}_hip"] = hip
        points[f"{side}_knee"] = hip + upper * shape.thigh
        points[f"{side}_ankle"] = points[f"{side}_knee"] + lower * shape.shin
        points[f"{side}_toe"] = points[f"{side}_ankle"] + _foot(upper, lower, sign) * 0.085
    return Skeleton(
        points={name: view @ point for name, point in points.items()},
        pelvis=view,
        chest=view @ chest,
        head=view @ head,
    )


def _on_ellipsoid(x: float, y: float, out: float = 1.0) -> tuple[float, float, float]:
    """A place on the front of a unit sphere, or `out` times as far from its centre."""
    return (x * out, y * out, float(np.sqrt(1.0 - x * x - y * y)) * out)


FACE = {
    "nose": _on_ellipsoid(0.0, -0.12, 1.16),
    "left_eye": _on_ellipsoid(0.40, 0.16),
    "right_eye": _on_ellipsoid(-0.40, 0.16),
    "left_ear": (1.04, 0.02, -0.06),
    "right_ear": (-1.04, 0.02, -0.06),
    "mouth": _on_ellipsoid(0.0, -0.50),
}
"""Places in the head's frame in units of the head's radii."""


def _limb(limb: Limb, sign: float, bend_forward: bool) -> tuple[np.ndarray, np.ndarray]:
    """Unit directions (3,) of a limb's upper and lower bone in the frame of the trunk."""
    side, swing, bend, twist = np.radians((limb.raise_side, limb.swing, limb.bend, limb.twist))
    upper = np.array(
        (sign * np.sin(side), -np.cos(side) * np.cos(swing), np.cos(side) * np.sin(swing))
    )
    if np.cos(side) < 0.0:
        upper[2] = -upper[2]  # a raised arm still swings forward
    if not bend_forward:
        front = np.array((0.0, -upper[2], upper[1]))  # a knee bends about the body's x axis
    elif abs(upper[2]) > 0.9:
        front = np.array((0.0, 1.0, 0.0))  # the elbow of an arm held forward bends up
    else:
        front = np.array((0.0, 0.0, 1.0))
    across = front - upper * (front @ upper)
    across /= np.linalg.norm(across)
    inward = np.cross(upper, across)
    if inward[0] * sign > 0.0:
        inward = -inward
    across = np.cos(twist) * across + np.sin(twist) * inward
    return upper, np.cos(bend) * upper + np.sin(bend) * across


def _foot(upper: np.ndarray, lower: np.ndarray, sign: float) -> np.ndarray:
    """Unit direction (3,) of a foot: at right angles to the shin, forward, a little outward."""
    forward = np.array((0.0, lower[2], -lower[1]))
    forward = forward / max(np.linalg.norm(forward), 1e-6)
    foot = forward + np.array((0.25 * sign, 0.0, 0.0)) + 0.25 * lower
    return foot / np.linalg.norm(foot)


def _about_x(degrees: float) -> np.ndarray:
    """Rotation that tips the y axis towards z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(((1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c)))


def _about_y(degrees: float) -> np.ndarray:
    """Rotation that turns the z axis towards x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)))


def _about_z(degrees: float) -> np.ndarray:
    """Rotation that turns the x axis towards y."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array(((c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)))
