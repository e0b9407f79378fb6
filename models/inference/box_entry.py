"""One entry of a box file: checked, and made x1, y1, x2, y2, score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from models.structures import xywh_to_xyxy

FORMS = (
    'COCO annotations, COCO detections, json {"name.jpg": [[x1, y1, x2, y2], …]}, or csv '
    "name,x1,y1,x2,y2"
)

Boxes = dict[str, list[list[float]]]
"""A picture's name, or its id or frame number in digits → x1, y1, x2, y2, score of its people."""


def from_size(box: Any, score: Any, where: str) -> list[float]:
    """x1, y1, x2, y2, score of a box x, y, w, h.

    Raises:
        ValueError: they are not numbers, or a size is below 0; `where` says which file and entry.
    """
    values = _numbers([*box, score]) if isinstance(box, list) else None
    if values is None or len(values) != 5 or min(values[2:4]) < 0:
        raise ValueError(
            f"{where} has bbox {shortened(box)} and score {shortened(score)}; they must be x, y, "
            "w, h with w and h not below 0, and one number, all finite: remove or correct it"
        )
    return xywh_to_xyxy(values).tolist()


def from_corners(box: Sequence[Any], where: str) -> list[float]:
    """x1, y1, x2, y2, score of a box of corners, with a score of 1 where it has none.

    Raises:
        ValueError: they are not four or five numbers, or the second corner is not the lower right
            one; `where` says which file and entry.
    """
    values = _numbers(box)
    if values is None or len(values) not in (4, 5):
        raise ValueError(
            f"{where} is {shortened(box)}; it must be x1, y1, x2, y2 and, if you like, a score, "
            "all finite numbers: remove or correct it"
        )
    if values[2] < values[0] or values[3] < values[1]:
        raise ValueError(
            f"{where} ends before it begins: {shortened(box)}; a box is x1, y1, x2, y2, its upper "
            "left and its lower right corner, not x, y, w, h"
        )
    return values if len(values) == 5 else [*values, 1.0]


def value_of(entry: Any, key: str, where: str) -> Any:
    """A value that an entry of a json file must have.

    Raises:
        ValueError: it has none.
    """
    if not isinstance(entry, Mapping) or entry.get(key) is None:
        raise ValueError(f"{where} has no '{key}'; add it, or give one of {FORMS}")
    return entry[key]


def is_number(value: Any) -> bool:
    """Whether a cell or json value is a number or the text of one."""
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def shortened(value: Any) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _numbers(values: Sequence[Any]) -> list[float] | None:
    """Finite numbers, or None."""
    numbers = [float(value) for value in values if is_number(value)]
    return numbers if len(numbers) == len(values) and all(map(math.isfinite, numbers)) else None
