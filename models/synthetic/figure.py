"""Paint a whole person: parts sorted by depth, farthest first, each shaded and dressed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from models.synthetic.body import BONES, PARTS, Body
from models.synthetic.canvas import (
    Canvas,
    Cloth,
    grid,
    hull,
    owner_id,
    paint_capsule,
    paint_ellipse,
    paint_polygon,
    polygon_alpha,
    rounding,
)
from models.synthetic.head import paint_head, paint_long_hair

HEM = 0.55
"""Level of the trunk where the shirt ends."""


def paint_figure(canvas: Canvas, body: Body, person: int) -> None:
    """Paint a person (0 to 5) over what is on the canvas, and into its silhouette."""
    owners = {part: owner_id(person, number) for number, part in enumerate(PARTS)}
    depth = {name: point[2] for name, point in body.skeleton.points.items()}
    middle = 0.5 * (depth["waist"] + depth["thorax"])
    jobs: list[tuple[float, Callable[[], None]]] = []
    thighs = []
    for side in ("left", "right"):
        for part, (start, end, *_) in BONES.items():
            z = 0.5 * (depth[f"{side}_{start}"] + depth[f"{side}_{end}"])
            z += -0.02 if part == "thigh" else 0.004 if part in ("shin", "hand") else 0.0
            if part == "thigh":
                thighs.append(z)
            light = float(np.clip(1.0 + 0.9 * (z - middle), 0.76, 1.05))
            name = f"{side}_{part}"
            jobs.append((z, partial(_paint_limb, canvas, body, side, part, light, owners[name])))
    pelvis = min(depth["pelvis"], middle) - 0.05
    jobs.append((pelvis, partial(_paint_pelvis, canvas, body, owners["pelvis"])))
    jobs.append((middle, partial(_paint_torso, canvas, body, owners["torso"])))
    jobs.append((middle - 0.001, partial(_paint_neck, canvas, body, owners["neck"])))
    jobs.append((depth["head_center"] + 0.08, partial(paint_head, canvas, body, owners["head"])))
    if body.outfit.skirt:
        jobs.append((max(thighs) + 0.002, partial(_paint_skirt, canvas, body, owners["pelvis"])))
    if body.outfit.hair_style == "long":
        z = depth["head_center"] - 0.11 * body.skeleton.head[2, 2]  # over the head from behind
        jobs.append((z, partial(paint_long_hair, canvas, body, owners["hair"])))
    if body.outfit.backpack is not None:
        z = middle - 0.09 * body.skeleton.chest[2, 2]
        jobs.append((z, partial(_paint_pack, canvas, body, owners["pack"])))
    for _, paint in sorted(jobs, key=lambda job: job[0]):
        paint()


def paint_seat(canvas: Canvas, body: Body, color: np.ndarray) -> None:
    """Paint a box for a sitting person to sit on; to be painted before the person."""
    frame, points = body.skeleton.pelvis, body.skeleton.points
    feet = min((frame.T @ points[f"{side}_ankle"])[1] for side in ("left", "right"))
    width, top, deep = 1.9 * body.shape.hip, -0.07, 0.09
    corners = [
        (x, y, z) for x in (-width, width) for y in (top, min(feet, -0.2)) for z in (-0.13, deep)
    ]
    box = body.image(np.asarray(corners) @ frame.T)
    paint_polygon(canvas, hull(box), color * 0.8, Canvas.OBJECT)
    seat = [corner for corner in corners if corner[1] == top]
    paint_polygon(canvas, hull(body.image(np.asarray(seat) @ frame.T)), color, Canvas.OBJECT)


def _paint_limb(canvas: Canvas, body: Body, side: str, part: str, light: float, owner: int) -> None:
    start, end, first, last = BONES[part]
    look = body.outfit
    ends = (body.point(f"{side}_{start}"), body.point(f"{side}_{end}"))
    color: np.ndarray | Cloth
    if part == "foot":
        color = look.shoes
    elif part == "hand":
        color = look.skin
    else:
        arm = part in ("upper_arm", "forearm")
        lower = part in ("forearm", "shin")
        reach = look.sleeve if arm else (0.0 if look.skirt else look.bottom_length)
        share = float(np.clip(reach - 1.0 if lower else reach, 0.0, 1.0))
        fabric = look.shirt if arm else look.bottom
        length = float(np.linalg.norm(ends[1] - ends[0]))
        crease = 0.012 * body.scale if lower else 0.0
        color = _dressed(
            fabric.at_scale(body.scale), look.skin, share * length, share < 1.0, crease
        )
        if arm and share > 0.0:  # cloth hangs wider than the limb
            first, last = first * 1.06, last * 1.06
    girth = body.shape.girth * body.scale
    paint_capsule(canvas, ends, (first * girth, last * girth), color, owner, light)


def _dressed(cloth: Cloth, skin: np.ndarray, covered: float, ends: bool, crease: float) -> Cloth:
    """Cloth on a limb's first `covered` pixels, skin beyond, a fold of `crease` px at its start."""

    def color(along: np.ndarray, across: np.ndarray) -> np.ndarray:
        value = np.broadcast_to(skin, (*along.shape, 3))
        if covered > 0.0:
            value = (
                cloth(along, across)
                if not ends
                else value
                + np.clip(np.float32(covered) - along + 0.5, 0.0, 1.0)[..., None]
                * (cloth(along, across) - value)
            )
        if crease > 0.0:
            fold = np.exp(-((along / np.float32(crease)) ** 2)) * np.float32(0.22)
            value = value * (1.0 - fold)[..., None]
        return value

    return color


def _paint_cloth(
    canvas: Canvas, body: Body, rings: list[np.ndarray], cloth: Cloth, owner: int
) -> None:
    """Fill the hulls of neighbouring rings (16, 2), shaded round across the trunk."""
    points = np.concatenate(rings)
    window = canvas.window(points.min(0), points.max(0))
    if window is None:
        return
    alpha = polygon_alpha(hull(np.concatenate(rings[:2])), window)
    for lower, upper in pairwise(rings[1:]):
        alpha = np.maximum(alpha, polygon_alpha(hull(np.concatenate((lower, upper))), window))
    foot, top = body.point("pelvis"), body.point("thorax")
    axis = top - foot
    length = np.linalg.norm(axis)
    axis = axis / length if length > 0.05 * body.scale else np.array((0.0, -1.0))
    x, y = grid(window)
    x, y = x - np.float32(foot[0]), y - np.float32(foot[1])
    along = x * np.float32(axis[0]) + y * np.float32(axis[1])
    across = x * np.float32(-axis[1]) + y * np.float32(axis[0])
    sides = (points - foot) @ (-axis[1], axis[0])
    low, high = float(sides.min()), float(sides.max())
    offset = (across - np.float32(0.5 * (low + high))) / np.float32(max(0.5 * (high - low), 1.0))
    canvas.blend(window, alpha, cloth(along, across) * rounding(offset)[..., None], owner)


def _rings(body: Body, levels: tuple[float, ...]) -> list[np.ndarray]:
    return [body.ring(*body.trunk(level)) for level in levels]


def _paint_pelvis(canvas: Canvas, body: Body, owner: int) -> None:
    cloth = body.outfit.bottom.at_scale(body.scale)
    _paint_cloth(canvas, body, _rings(body, (0.1, HEM + 0.05)), cloth, owner)


def _paint_torso(canvas: Canvas, body: Body, owner: int) -> None:
    cloth = body.outfit.shirt.at_scale(body.scale)
    frame, center, _, _ = body.trunk(2.0)
    collar = body.ring(frame, center + frame @ (0.0, 0.016, 0.0), 0.05, 0.04)
    rings = _rings(body, (HEM, 1.0, 1.65, 2.0))
    _paint_cloth(canvas, body, [*rings, collar], cloth, owner)
    front = body.skeleton.chest[2, 2]
    if front > 0.12:
        _paint_shirt_front(canvas, body, owner)
    elif front < -0.12:
        seam = np.stack([body.on_trunk(x, 1.86, -1.0) for x in (-0.7, 0.0, 0.7)])
        dark = body.outfit.shirt.color * 0.72
        for pair in pairwise(seam):
            paint_capsule(canvas, pair, (0.004 * body.scale,) * 2, dark, owner)
    sides = [body.on_trunk(x, HEM + 0.04) for x in (-0.8, 0.0, 0.8)]
    if body.skeleton.pelvis[2, 2] > 0.12:
        for pair in pairwise(sides):
            paint_capsule(canvas, pair, (0.008 * body.scale,) * 2, body.outfit.belt, owner)
        buckle = 0.014 * body.scale
        metal = np.array((90.0, 200.0, 230.0), dtype=np.float32)
        paint_ellipse(
            canvas, sides[1], (np.array((buckle, 0)), np.array((0, buckle))), metal, owner
        )


def _paint_shirt_front(canvas: Canvas, body: Body, owner: int) -> None:
    """Neckline, buttons and pocket: on the front only, so they tell front from back."""
    look = body.outfit
    dark, pale = look.shirt.color * 0.62, look.shirt.second
    depth = {"round": 1.80, "v": 1.58, "shirt": 1.72}[look.collar]
    corners = [(-0.36, 2.0), (0.0, depth), (0.36, 2.0)]
    if look.collar == "round":
        corners = [(-0.38, 2.0), (-0.26, 1.86), (0.0, depth), (0.26, 1.86), (0.38, 2.0)]
    neckline = np.stack([body.on_trunk(*corner) for corner in corners])
    paint_polygon(canvas, np.vstack((neckline, body.point("neck"))), look.skin * 0.93, owner)
    width = (0.014 if look.collar == "shirt" else 0.007) * body.scale
    trim = pale if look.collar == "shirt" else dark
    for pair in pairwise(neckline):
        paint_capsule(canvas, pair, (width, width), trim, owner)
    if look.buttons:
        ends = (body.on_trunk(0.0, depth - 0.04), body.on_trunk(0.0, HEM + 0.1))
        paint_capsule(canvas, ends, (0.004 * body.scale,) * 2, dark, owner)
        radius = max(0.008 * body.scale, 0.8)
        for level in np.linspace(depth - 0.12, HEM + 0.2, 4):
            place = body.on_trunk(0.0, float(level))
            paint_ellipse(
                canvas, place, (np.array((radius, 0.0)), np.array((0.0, radius))), pale, owner
            )
    if look.pocket:
        quad = [
            body.on_trunk(x, y) for x, y in ((0.28, 1.52), (0.68, 1.52), (0.66, 1.25), (0.3, 1.25))
        ]
        paint_polygon(canvas, np.stack(quad), dark, owner, opacity=0.8)
    if look.backpack is not None:
        for side in (-0.62, 0.62):
            strap = (body.on_trunk(side, 1.98), body.on_trunk(1.15 * side, 1.0))
            paint_capsule(canvas, strap, (0.012 * body.scale,) * 2, look.backpack, owner)


def _paint_neck(canvas: Canvas, body: Body, owner: int) -> None:
    ends = (body.point("thorax"), body.point("head_center"))
    radius = 0.036 * body.shape.girth * body.scale
    paint_capsule(canvas, ends, (1.15 * radius, radius), body.outfit.skin * 0.86, owner)


def _paint_skirt(canvas: Canvas, body: Body, owner: int) -> None:
    """A skirt from the shirt's hem to the middle of the thighs."""
    rings = _rings(body, (HEM, 0.2))
    points = body.skeleton.points
    hem = [
        body.ring(
            body.skeleton.pelvis,
            points[f"{side}_hip"] + 0.62 * (points[f"{side}_knee"] - points[f"{side}_hip"]),
            0.075 * body.shape.girth,
            0.075 * body.shape.girth,
        )
        for side in ("left", "right")
    ]
    cloth = body.outfit.bottom.at_scale(body.scale)
    _paint_cloth(canvas, body, [rings[0], rings[1], np.concatenate(hem)], cloth, owner)


def _paint_pack(canvas: Canvas, body: Body, owner: int) -> None:
    frame, center, width, deep = body.trunk(1.45)
    sizes = np.array((0.72 * width, 0.11, 0.045))
    corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * sizes
    box = center + (corners + np.array((0.0, 0.0, -deep - 0.03))) @ frame.T
    paint_polygon(canvas, hull(body.image(box)), body.outfit.backpack, owner)
    flap = center + ((corners * (0.75, 0.35, 1.0)) + (0.0, -0.04, -deep - 0.04)) @ frame.T
    if frame[2, 2] < 0.0:
        paint_polygon(canvas, hull(body.image(flap)), body.outfit.backpack * 0.7, owner)
