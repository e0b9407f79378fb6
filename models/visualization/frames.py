"""Boxes around people, and the tags that name them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.structures.keypoints import Color
from models.visualization.close_up import close_up, edge_width
from models.visualization.colors import contrast, id_color
from models.visualization.text import draw_tag, tag_size

#: of boxes without a number
BOX_COLOR: Color = (255, 235, 130)


def picture_side(image: np.ndarray) -> float:
    """Side of a square as large as a picture, in pixels: what lines and letters go by."""
    return float((image.shape[0] * image.shape[1]) ** 0.5)


def draw_boxes(
    canvas: np.ndarray,
    boxes: np.ndarray,
    ids: Sequence[int | None] | None = None,
    color: Color = BOX_COLOR,
) -> None:
    """Draw boxes into a picture.

    Args:
        canvas: (H, W, 3) uint8, BGR; is changed.
        boxes: (N, ≥4) upper left and lower right corners x, y; those not finite are left out.
        ids: N numbers; a box has the color of its own.
        color: RGB, of boxes without a number.
    """
    least, most = max(1.0, picture_side(canvas) / 750), max(1.0, picture_side(canvas) / 260)
    for box, number in zip(boxes, ids or [None] * len(boxes), strict=True):
        if not np.isfinite(box[:4]).all():
            continue
        own = color if number is None else id_color(number)
        low, high = np.rint(np.clip(box[:4], -1e4, 2e4)).reshape(2, 2)
        width = float(np.clip((high - low).max() / 60, least, most))
        edge = edge_width(width)
        around = np.array([low, (high[0], low[1]), high, (low[0], high[1])])
        with close_up(canvas, low - 2 * width - 2, high + 2 * width + 2, width) as part:
            for shown, more in ((contrast(own), edge), (own, 0.0)) if part else ():
                for i in range(4):
                    part.line(around[i - 1], around[i], width + 2 * more, shown)


def draw_tags(canvas: np.ndarray, boxes: np.ndarray, ids: Sequence[int | None]) -> None:
    """Write the numbers of people beside their boxes: within the picture, and not over each other.

    Args:
        canvas: (H, W, 3) uint8, BGR; is changed.
        boxes: (N, ≥4) corners x, y; the number of one that is not finite is left out.
        ids: N numbers or None.
    """
    taken: list[tuple[float, float, float, float]] = []
    for box, number in zip(boxes, ids, strict=True):
        if number is None or not np.isfinite(box[:4]).all():
            continue
        text, height = str(number), _letter_height(canvas, box)
        size = tag_size(text, height)
        place = _place(canvas, box, size, taken)
        taken.append((*place, place[0] + size[0], place[1] + size[1]))
        color = id_color(number)
        draw_tag(canvas, text, place, height, color, contrast(color))


def _letter_height(canvas: np.ndarray, box: np.ndarray) -> int:
    """By the picture, and smaller for small people; never too small to read."""
    side = picture_side(canvas)
    return max(7, round(float(np.clip(0.16 * (box[3] - box[1]), side / 85, side / 45))))


def _place(
    canvas: np.ndarray,
    box: np.ndarray,
    size: tuple[int, int],
    taken: Sequence[tuple[float, float, float, float]],
) -> tuple[int, int]:
    """Upper left corner of a tag: above the box if there is room, else inside, below, beside."""
    height, width = canvas.shape[:2]
    left, top, right, bottom = box[:4]
    places = [
        (left, top - size[1]),
        (right - size[0], top - size[1]),
        (left, top),
        (right - size[0], top),
        (left, bottom),
        (right, top),
        (left - size[0], top),
    ]
    inside = []
    for x, y in places:
        x = int(np.clip(round(x), 0, max(0, width - size[0])))
        y = int(np.clip(round(y), 0, max(0, height - size[1])))
        inside.append((x, y))
        if not any(
            x < x1 and x0 < x + size[0] and y < y1 and y0 < y + size[1] for x0, y0, x1, y1 in taken
        ):
            return x, y
    return inside[0]
