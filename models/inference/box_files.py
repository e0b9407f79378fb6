"""Boxes of people that a file gives, in place of a detector.

The form is recognised by what the file holds:

- COCO annotations: a json object with `images` and `annotations`; of these the persons who are no
  crowd.
- COCO detections: a json list of `{"image_id": …, "bbox": [x, y, w, h], "score": …}`.
- By name: a json object `{"name.jpg": [[x1, y1, x2, y2, score], …]}`, the score optional.
- csv, see `box_csv.py`: `name,x1,y1,x2,y2,score`, the score optional.

Nothing in a file is run; only text is read.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import defaultdict
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from models.inference.box_csv import boxes_in_csv
from models.inference.box_entry import FORMS
from models.inference.box_json import boxes_in_json

#: pictures whose name is their number, alone or as COCO 2014 and 2015 wrote it, and frames as the
#: sources name them, "walk.mp4/000012"
_NUMBERED = re.compile(r"(?:COCO_(?:train|val|test)\d{4}_)?(\d+)(?:\.[A-Za-z]+)?")


class BoxFile:
    """The boxes of a file, by picture; a detector in the sense of `detector.py`.

    A picture is looked up by its name as the file gives it. Folders count only where several
    entries have the same file name; endings only where an entry has one. Entries that are bare
    numbers, as image_id of COCO detections, are met by pictures whose name is that number (785 by
    000000000785.jpg and COCO_val2014_000000000785.jpg) and by that frame of a video, counted
    from 0.

    A picture that the file does not list has nobody in it, and the first such is warned of: files
    of detections list only pictures with people, so an error would end runs that are in order.
    `of_stored_pixels` says whether the boxes are of pictures as they are stored, as
    COCO's are, whatever their EXIF tag says of the side that is up.

    Args:
        path: the file.
        annotation_file: COCO annotations that name the pictures of COCO detections.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of no known form, or an entry cannot be used; names file, entry and cure.
    """

    def __init__(self, path: str | Path, annotation_file: str | Path | None = None) -> None:
        self.path = Path(path)
        self._boxes, self.of_stored_pixels = read_boxes(path, annotation_file)
        self._by_file_name: dict[str, list[str]] = defaultdict(list)
        for name in self._boxes:
            self._by_file_name[PurePath(name).name].append(name)
        self._by_number = {int(name): name for name in self._boxes if name.isdecimal()}
        self._warned: set[str] = set()

    @property
    def names(self) -> list[str]:
        """Of the pictures, as the file gives them."""
        return list(self._boxes)

    def lists(self, name: str) -> bool:
        """Whether the file says who is in a picture, be it nobody.

        Raises:
            ValueError: several entries could be meant.
        """
        return self._find(name) is not None

    def __call__(self, image: np.ndarray, name: str = "") -> np.ndarray:
        """Boxes (N, 5) float32 of a picture's people, in the order of the file.

        They are corners in the image frame and score, and not clipped: people who are cut off
        have boxes that reach over the edge. Boxes that lie outside of the picture altogether are
        left out and warned of.

        Args:
            image: (H, W, 3).
            name: of the picture: its path, file name or frame number.

        Raises:
            ValueError: the picture has no name, or several entries could be meant.
        """
        if not name:
            raise ValueError(
                f"box file {self.path} knows pictures by their names, and this one has none; give "
                "a path, or boxes in place of the file"
            )
        entry = self._find(name)
        if entry is None:
            self._warn_once(
                "unlisted",
                f"box file {self.path} does not list {name}; such pictures are taken to have "
                f"nobody in them. It lists {len(self._boxes)}, of which the first is "
                f"{next(iter(self._boxes))}",
            )
            return np.zeros((0, 5), np.float32)
        boxes = self._boxes[entry]
        height, width = image.shape[:2]
        inside = (boxes[:, :2] < (width, height)).all(1) & (boxes[:, 2:4] > 0).all(1)
        if not inside.all():
            self._warn_once(
                "outside",
                f"box file {self.path} has boxes of {entry} outside of the picture, which is "
                f"{width}×{height}, such as {boxes[~inside][0, :4].tolist()}; they are left out. "
                "Was the picture resized?",
            )
        return boxes[inside]

    def _find(self, name: str) -> str | None:
        if name in self._boxes:
            return name
        path = PurePath(name)
        entries = self._by_file_name.get(path.name) or self._by_file_name.get(path.stem)
        if entries:
            return self._nearest(entries, path)
        number = _NUMBERED.fullmatch(path.name)
        return self._by_number.get(int(number.group(1))) if number else None

    def _nearest(self, entries: list[str], path: PurePath) -> str:
        """The entry that shares most folders with the path, counted from the file upwards."""
        shared = [_shared_folders(PurePath(entry), path) for entry in entries]
        best = [entry for entry, n in zip(entries, shared, strict=True) if n == max(shared)]
        if len(best) > 1:
            raise ValueError(
                f"box file {self.path} lists {' and '.join(best[:2])}, and {path} could be either; "
                "give the picture with its folder"
            )
        return best[0]

    def _warn_once(self, kind: str, message: str) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            warnings.warn(message, stacklevel=3)


def read_boxes(
    path: str | Path, annotation_file: str | Path | None = None
) -> tuple[dict[str, np.ndarray], bool]:
    """All boxes of a file.

    Args:
        path: the file.
        annotation_file: COCO annotations that name the pictures of COCO detections.

    Returns:
        The picture's name as the file gives it, or its id in digits → (N, 5) float32: corners in
        the image frame and score (1 where the file has none), in the order of the file. Boxes
        without width or height are left out. And whether the file is one of COCO's two forms.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is of no known form, or an entry cannot be used; names file, entry and cure.
    """
    text = _text(path)
    content = _json(text, path) if text.lstrip()[:1] in ("{", "[") else None
    pictures = None
    if annotation_file is not None:
        if not isinstance(content, list):
            raise ValueError(
                f"box file {path} names its pictures itself; leave {annotation_file} out"
            )
        pictures = _json(_text(annotation_file), annotation_file)
    if content is None:
        boxes, is_coco = boxes_in_csv(text, path), False
    else:
        boxes, is_coco = boxes_in_json(content, path, pictures)
    if not boxes:
        raise ValueError(f"box file {path} is empty; it must hold {FORMS}")
    arrays = {name: np.array(rows, np.float32).reshape(-1, 5) for name, rows in boxes.items()}
    extended = {name: rows[(rows[:, 2:4] > rows[:, :2]).all(1)] for name, rows in arrays.items()}
    return extended, is_coco


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise FileNotFoundError(f"box file {path} does not exist; check the path") from None
    except IsADirectoryError:
        raise ValueError(f"box file {path} is a folder; name a json or csv file") from None
    except UnicodeDecodeError:
        raise ValueError(f"box file {path} is no text; it must hold {FORMS}") from None


def _json(text: str, path: str | Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"box file {path} is not valid json ({error}); it may be cut short: write it anew"
        ) from None


def _shared_folders(a: PurePath, b: PurePath) -> int:
    count = 0
    for left, right in zip(reversed(a.parts), reversed(b.parts), strict=False):
        if left != right:
            break
        count += 1
    return count
