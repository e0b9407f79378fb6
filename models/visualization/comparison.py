"""A person as labelled and as predicted, side by side."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from models.structures import KeypointSet
from models.visualization.close_up import close_up
from models.visualization.colors import DARK, LIGHT
from models.visualization.sheet import fitted
from models.visualization.skeleton import draw_poses
from models.visualization.text import draw_tag, draw_text, shortened

_LETTERS = 11  # pixels, height of capitals
_GAP = 6
_PAPER = 245
_OUTSIDE = (112, 112, 112)  # what is shown of places outside of the picture


def draw_comparison(
    image: np.ndarray,
    pose: ArrayLike,
    label: ArrayLike,
    keypoints: KeypointSet,
    *,
    caption: tuple[str, ...] = (),
    score_thr: float = 0.3,
    panel: tuple[int, int] = (300, 400),
) -> np.ndarray:
    """Show one person twice: as labelled on the left, as predicted on the right.

    On the right, a white dot marks where each joint is labelled, and a white line leads there from
    where it was predicted. Of the joints that are not labelled, those above `score_thr` are drawn.

    Args:
        image: (H, W, 3) uint8, BGR.
        pose: (K, 3): x, y in the image and score.
        label: (K, 3): x, y in the image, above 0 where the joint is labelled.
        keypoints: names, limbs and colors of the joints.
        caption: lines of text below.
        score_thr: see above.
        panel: (w, h) of each half in pixels.

    Returns:
        (h, w, 3) uint8, BGR.

    Raises:
        ValueError: no joint is labelled.
    """
    pose, label = (np.asarray(v, dtype=np.float64) for v in (pose, label))
    labelled = label[:, 2] > 0
    if not labelled.any():
        raise ValueError("the person has no labelled joint; there is nothing to compare with")
    shown = labelled | (pose[:, 2] >= score_thr)
    view, factor, origin = _cut(image, np.concatenate([label[labelled], pose[shown]]), panel)

    def placed(points: np.ndarray, drawn: np.ndarray) -> np.ndarray:
        return np.column_stack([(points[:, :2] - origin + 0.5) * factor - 0.5, drawn])

    truth, answer = placed(label, labelled), placed(pose, shown)
    left = draw_poses(view, truth[None], keypoints, 0.5)
    right = view.copy()
    _mark(right, answer[labelled], truth[labelled], lines=True)
    right = draw_poses(right, answer[None], keypoints, 0.5)
    _mark(right, answer[labelled], truth[labelled], lines=False)
    for half, text in ((left, "label"), (right, "prediction")):
        draw_tag(half, text, (0, 0), _LETTERS, DARK, LIGHT)
    gap = np.full((panel[1], _GAP, 3), _PAPER, dtype=np.uint8)
    return np.vstack([np.hstack([left, gap, right]), _below(caption, 2 * panel[0] + _GAP)])


def _cut(
    image: np.ndarray, points: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, float, np.ndarray]:
    """The part around points (N, ≥2), in the proportions of a size (w, h), and scaled to it.

    Returns:
        The part, how much it is enlarged, and the x, y of its first pixel in the image.
    """
    # Far outside of the picture there is nothing to see.
    reach = np.array(image.shape[1::-1], dtype=np.float64)
    points = np.clip(points[:, :2], -0.25 * reach, 1.25 * reach)
    low, high = points.min(axis=0), points.max(axis=0)
    middle, extent = (low + high) / 2, np.maximum(1.35 * (high - low), 16)
    step = float(np.max(extent / size))  # pixels of the image for one that is shown
    first = np.floor(middle - step * np.array(size) / 2).astype(int)
    wide, tall = (max(1, round(step * side)) for side in size)
    x, y = first.tolist()
    inside = image[max(y, 0) : max(y + tall, 0), max(x, 0) : max(x + wide, 0)]
    part = np.full((tall, wide, 3), _OUTSIDE, dtype=np.uint8)
    top, left = max(-y, 0), max(-x, 0)
    part[top : top + inside.shape[0], left : left + inside.shape[1]] = inside
    scaled = fitted(part, size)
    view = np.full((size[1], size[0], 3), _OUTSIDE, dtype=np.uint8)
    view[: scaled.shape[0], : scaled.shape[1]] = scaled
    return view, scaled.shape[1] / wide, first.astype(np.float64)


def _mark(view: np.ndarray, answered: np.ndarray, labelled: np.ndarray, lines: bool) -> None:
    """Show how far joints (N, ≥2) are from where they are labelled: the lines, or their ends."""
    corner = np.zeros(2)
    with close_up(view, corner, np.array(view.shape[1::-1], dtype=np.float64), 1.6) as part:
        for more, color in ((0.8, DARK), (0.0, LIGHT)):
            for a, b in zip(answered[:, :2], labelled[:, :2], strict=True):
                if lines:
                    part.line(a, b, 1.6 + 2 * more, color)
                else:
                    part.dot(b, 2.0 + more, color)


def _below(lines: tuple[str, ...], width: int) -> np.ndarray:
    """A strip with lines of text."""
    pitch = round(1.9 * _LETTERS)
    strip = np.full((pitch * len(lines) + (_GAP if lines else 0), width, 3), _PAPER, np.uint8)
    for i, line in enumerate(lines):
        text = shortened(line, width - 2 * _GAP, _LETTERS)
        draw_text(strip, text, (_GAP, pitch * (i + 1) - _GAP // 2), _LETTERS, DARK)
    return strip
