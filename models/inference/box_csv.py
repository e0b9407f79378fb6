"""People's boxes in csv, a line each: the picture's name or number, corners, and maybe a score."""

from __future__ import annotations

import csv
from pathlib import Path

from models.inference.box_entry import FORMS, Boxes, from_corners, from_size, is_number

_CORNERS = ("x1", "y1", "x2", "y2")
_SIZES = ("x1", "y1", "w", "h")
_ORDER = {"name": 0, "x1": 1, "y1": 2, "x2": 3, "y2": 4, "score": 5}
_HEADINGS = {
    "name": ("name", "image", "file", "file_name", "filename", "image_id", "frame"),
    "score": ("score", "confidence"),
    "x1": ("x1", "x", "left"),
    "y1": ("y1", "y", "top"),
    "x2": ("x2", "right"),
    "y2": ("y2", "bottom"),
    "w": ("w", "width"),
    "h": ("h", "height"),
}


def boxes_in_csv(text: str, path: str | Path) -> Boxes:
    """The boxes of a csv file, by the name, id or frame number in its column of names.

    Columns are name, x1, y1, x2, y2 and maybe score, unless a first line names them: then they
    may stand in any order, between others, and may be x, y, w, h. They are parted by commas,
    semicolons or tabulators. Empty lines and those that begin with # are skipped.

    Raises:
        ValueError: a line cannot be used; names file, line and cure.
    """
    boxes: Boxes = {}
    headings: dict[str, int] | None = None
    first = True
    reader = csv.reader(text.splitlines(), delimiter=_delimiter(text))
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        where = f"{path}: line {reader.line_num}"
        if first:
            first = False
            if not any(map(is_number, cells[1:])):
                headings = _headings(cells, where)
                continue
        if headings is None:
            fits = len(cells) in (5, 6)
            columns = {key: i for key, i in _ORDER.items() if i < len(cells)}
        else:
            columns = headings
            fits = len(cells) > max(columns.values())
        if not fits:
            raise ValueError(
                f"{where} has {len(cells)} columns; it must be {','.join(headings or _ORDER)}"
                f"{'' if headings else ' (the score may be left out)'}"
            )
        named = {key: cells[i] for key, i in columns.items()}
        score = named.get("score", 1.0)
        if "w" in named:
            box = from_size([named[key] for key in _SIZES], score, where)
        else:
            box = from_corners([*(named[key] for key in _CORNERS), score], where)
        boxes.setdefault(named["name"], []).append(box)
    return boxes


def _delimiter(text: str) -> str:
    lines = (line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return max(",;\t", key=next(lines, "").count)


def _headings(cells: list[str], where: str) -> dict[str, int]:
    """Column → where it stands."""
    known = {alias: key for key, aliases in _HEADINGS.items() for alias in aliases}
    found = {known[cell.lower()]: i for i, cell in enumerate(cells) if cell.lower() in known}
    for box in (_CORNERS, _SIZES):
        if found.keys() >= {"name", *box}:
            return {key: found[key] for key in ("name", *box, "score") if key in found}
    raise ValueError(
        f"{where} names the columns {', '.join(cells)}; needed are name and either x1, y1, x2, y2 "
        f"or x, y, w, h; a box file holds {FORMS}"
    )
