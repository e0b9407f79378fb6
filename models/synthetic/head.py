"""Paint a head from any side: a shaded ellipsoid with hair, ears and, where it faces us, a face."""

from __future__ import annotations

import numpy as np

from models.synthetic.body import Body
from models.synthetic.canvas import Canvas, Window, grid, paint_capsule, paint_ellipse, rounding
from models.synthetic.skeleton import FACE

TURNED_AWAY = 0.08
"""A place on the head is seen if its outward direction's share towards the viewer exceeds this."""


def faces_viewer(body: Body, name: str) -> bool:
    """Whether the head turns a point of the face ('nose', 'left_eye', ...) towards the viewer."""
    outward = np.asarray(FACE[name]) / body.shape.head
    towards = (body.skeleton.head @ (outward / np.linalg.norm(outward)))[2]
    return bool(towards > {"nose": -0.05, "ear": -0.35}.get(name.split("_")[-1], TURNED_AWAY))


def paint_head(canvas: Canvas, body: Body, owner: int) -> None:
    """Paint the head with everything on it; all of it is owned by `owner`."""
    look = body.outfit
    for side in ("left", "right"):
        if not _ear_in_front(body, side):
            _paint_ear(canvas, body, side, owner)
    if look.hair_style == "bun":
        _paint_ball(canvas, body, (0.0, 0.75, -0.95), 0.42, look.hair, owner)
    _paint_skull(canvas, body, owner)
    if look.hair_style == "bun" and (body.skeleton.head @ (0.0, 0.6, -0.8))[2] > 0.0:
        _paint_ball(canvas, body, (0.0, 0.75, -0.95), 0.42, look.hair * 0.9, owner)
    for side in ("left", "right"):
        if _ear_in_front(body, side) and not _ears_covered(body):
            _paint_ear(canvas, body, side, owner)
    _paint_face(canvas, body, owner)
    if look.hat is not None and body.skeleton.head[2, 2] > -0.3:
        _paint_visor(canvas, body, owner)


def paint_long_hair(canvas: Canvas, body: Body, owner: int) -> None:
    """Paint hair that falls from the back of the head to the shoulders."""
    center = (0.0, -0.55, -0.35)
    radii = np.asarray(body.shape.head) * (1.12, 1.25, 0.75)
    _paint_ellipsoid(canvas, body, center, radii, body.outfit.hair * 0.92, owner)


def _paint_skull(canvas: Canvas, body: Body, owner: int) -> None:
    look = body.outfit
    surface = _ellipsoid(canvas, body, np.zeros(3), np.asarray(body.shape.head))
    if surface is None:
        return
    window, alpha, rim, (x, y, z) = surface
    color = np.broadcast_to(look.skin, (*alpha.shape, 3))
    if look.beard:
        beard = _step(-0.32 - y + 0.25 * np.abs(x), 0.08) * _step(z + 0.05, 0.1)
        color = color + beard[..., None] * (look.hair - color)
    if look.hair_style != "bald":
        front = {"short": 0.58, "long": 0.62, "bun": 0.60}[look.hair_style]
        sides = -0.55 if look.hair_style == "long" else 0.10
        line = np.where(z > 0.0, sides + (front - sides) * np.sqrt(np.abs(z)), sides + 0.75 * z)
        color = color + _step(y - line, 0.08)[..., None] * (look.hair - color)
    if look.hat is not None:
        color = color + _step(y - 0.42, 0.06)[..., None] * (look.hat - color)
    canvas.blend(window, alpha, color * rounding(0.92 * rim)[..., None], owner)


def _paint_face(canvas: Canvas, body: Body, owner: int) -> None:
    look, size = body.outfit, body.scale * body.shape.head[0]
    x_axis, y_axis = _tangents(body)
    for side in ("left", "right"):
        if not faces_viewer(body, f"{side}_eye"):
            continue
        eye = body.point(f"{side}_eye")
        # seen from the side an eye narrows with the surface that carries it
        narrow = max(0.35, (body.skeleton.head @ _unit(FACE[f"{side}_eye"]))[2])
        axis = x_axis / max(np.linalg.norm(x_axis), 1e-6) * size * narrow
        white = np.array((245.0, 245.0, 245.0), dtype=np.float32)
        paint_ellipse(canvas, eye, (axis * 0.27, y_axis * 0.17), white, owner)
        paint_ellipse(canvas, eye, (axis * 0.14, y_axis * 0.15), look.iris, owner)
        brow = eye + y_axis * 0.25
        paint_ellipse(canvas, brow, (axis * 0.28, y_axis * 0.05), look.hair * 0.8, owner)
        if look.glasses:
            paint_ellipse(canvas, eye, (axis * 0.36, y_axis * 0.27), look.iris, owner, opacity=0.35)
    if faces_viewer(body, "mouth"):
        lips = np.array((70.0, 60.0, 165.0), dtype=np.float32) * 0.5 + look.skin * 0.3
        paint_ellipse(canvas, body.point("mouth"), (x_axis * 0.28, y_axis * 0.07), lips, owner)
    if faces_viewer(body, "nose"):
        bridge = body.point("head_center") + body.scale * _flat(
            body.skeleton.head @ (np.array((0.0, 0.18, 0.95)) * body.shape.head)
        )
        tip = body.point("nose")
        paint_capsule(canvas, (bridge, tip), (0.07 * size, 0.15 * size), look.skin * 0.80, owner)


def _paint_visor(canvas: Canvas, body: Body, owner: int) -> None:
    frame, radii = body.skeleton.head, np.asarray(body.shape.head)
    center = body.point("head_center") + body.scale * _flat(frame @ (radii * (0.0, 0.48, 1.05)))
    axes = tuple(
        body.scale * _flat(frame @ (radii * axis)) for axis in ((0.75, 0, 0), (0.0, -0.06, 0.55))
    )
    thick = body.scale * _flat(frame @ (radii * (0.0, 0.07, 0.0)))
    paint_ellipse(canvas, center, axes, body.outfit.hat * 0.6, owner)
    paint_ellipse(canvas, center + thick, axes, body.outfit.hat * 0.85, owner)


def _paint_ear(canvas: Canvas, body: Body, side: str, owner: int) -> None:
    frame, radii = body.skeleton.head, np.asarray(body.shape.head)
    up = body.scale * _flat(frame @ (0.0, 0.26 * radii[1], 0.0))
    # an ear stands off the head: part of its width shows from the front, all of it from the side
    wide = 0.24 * frame[:, 2] * radii[2] + 0.13 * frame[:, 0] * radii[0]
    other = 0.24 * frame[:, 2] * radii[2] - 0.13 * frame[:, 0] * radii[0]
    wide = max((_flat(wide), _flat(other)), key=lambda axis: abs(axis[0] * up[1] - axis[1] * up[0]))
    center = body.point(f"{side}_ear")
    paint_ellipse(canvas, center, (body.scale * wide, up), body.outfit.skin * 0.86, owner)
    inner = body.outfit.skin * 0.66
    paint_ellipse(canvas, center, (body.scale * wide * 0.5, up * 0.55), inner, owner)


def _paint_ball(
    canvas: Canvas, body: Body, place: tuple, radius: float, color: np.ndarray, owner: int
) -> None:
    radii = np.full(3, radius * body.shape.head[0])
    _paint_ellipsoid(canvas, body, place, radii, color, owner)


def _paint_ellipsoid(
    canvas: Canvas, body: Body, place: tuple, radii: np.ndarray, color: np.ndarray, owner: int
) -> None:
    surface = _ellipsoid(canvas, body, np.asarray(place) * body.shape.head, radii)
    if surface is not None:
        window, alpha, rim, _ = surface
        canvas.blend(window, alpha, color * rounding(rim)[..., None], owner)


def _ellipsoid(
    canvas: Canvas, body: Body, place: np.ndarray, radii: np.ndarray
) -> tuple[Window, np.ndarray, np.ndarray, tuple[np.ndarray, ...]] | None:
    """The seen side of an ellipsoid in the head's frame, or None if it is off the picture.

    Returns:
        Its window, coverage (h, w), distance from the outline's centre (h, w) with 1 at the rim,
        and the seen surface's unit-sphere coordinates x, y, z (h, w) in the head's frame.
    """
    frame = body.skeleton.head
    center = body.image(body.skeleton.points["head_center"] + frame @ place)
    semi = radii * body.scale
    reach = np.sqrt(((frame * semi) ** 2).sum(1))[:2] + 1.0
    window = canvas.window(center - reach, center + reach)
    if window is None:
        return None
    x, y = grid(window)
    dx, dy = x - np.float32(center[0]), np.float32(center[1]) - y
    form = ((frame / semi**2) @ frame.T).astype(np.float32)
    half = (form[0, 2] * dx + form[1, 2] * dy) / form[2, 2]
    rest = form[0, 0] * dx * dx + 2.0 * form[0, 1] * dx * dy + form[1, 1] * dy * dy
    outline = np.maximum(rest - form[2, 2] * half * half, 0.0)
    rim = np.sqrt(outline)
    alpha = np.clip((1.0 - rim) * np.float32(np.sqrt(reach.prod())) + 0.5, 0.0, 1.0)
    dz = np.sqrt(np.maximum(1.0 - outline, 0.0) / form[2, 2]) - half
    axes = (frame / semi).astype(np.float32)
    sphere = tuple(axes[0, i] * dx + axes[1, i] * dy + axes[2, i] * dz for i in range(3))
    return window, alpha, rim, sphere


def _ear_in_front(body: Body, side: str) -> bool:
    return (1.0 if side == "left" else -1.0) * body.skeleton.head[2, 0] > 0.05


def _ears_covered(body: Body) -> bool:
    return body.outfit.hair_style == "long"


def _tangents(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """The head's x and y axes in the image, as long as its radii in pixels."""
    frame, radii = body.skeleton.head, body.shape.head
    return (
        body.scale * radii[0] * _flat(frame[:, 0]),
        body.scale * radii[1] * _flat(frame[:, 1]),
    )


def _flat(vector: np.ndarray) -> np.ndarray:
    """A direction of the view frame in the image, y down."""
    return vector[:2] * (1.0, -1.0)


def _unit(vector: tuple) -> np.ndarray:
    return np.asarray(vector) / np.linalg.norm(vector)


def _step(value: np.ndarray, width: float) -> np.ndarray:
    """0 to 1 across `width` about 0."""
    return np.clip(value / np.float32(width) + np.float32(0.5), 0.0, 1.0)
