"""People's boxes in json: COCO annotations, COCO detections, or boxes by the picture's name.

Nothing here loads the data sets' own readers: those want joints, and bring torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models.inference.box_entry import Boxes, from_corners, from_size, shortened, value_of


def boxes_in_json(content: Any, path: str | Path, pictures: Any = None) -> tuple[Boxes, bool]:
    """The boxes of a json file, by picture, and whether it has one of COCO's forms.

    See `box_files.py` for the forms.

    Args:
        content: what the file holds.
        path: its name, for errors.
        pictures: content of COCO annotations, which name the pictures of COCO detections.

    Raises:
        ValueError: an entry cannot be used; names file, entry and cure.
    """
    if isinstance(content, list):
        return _detections(content, path, pictures), True
    if {"images", "annotations"} & content.keys():
        return _annotations(content, path), True
    return _by_name(content, path), False


def _annotations(content: Mapping[str, Any], path: str | Path) -> Boxes:
    """The persons who are no crowd; a picture without any has an empty list."""
    names, person = _pictures(content, path)
    boxes: Boxes = {name: [] for name in names.values()}
    for i, entry in enumerate(_list(content, "annotations", path)):
        where = f"{path}: annotations[{i}]"
        image = value_of(entry, "image_id", where)
        if image not in names:
            raise ValueError(
                f"{where} is of image {image}, which 'images' does not list; correct its image_id"
            )
        if entry.get("category_id", person) == person and not entry.get("iscrowd"):
            box = value_of(entry, "bbox", where)
            boxes[names[image]].append(from_size(box, entry.get("score", 1.0), where))
    return boxes


def _detections(entries: Sequence[Any], path: str | Path, pictures: Any) -> Boxes:
    """The persons of a detector; pictures are known by their id where nothing names them."""
    names, person = (None, 1) if pictures is None else _pictures(pictures, "annotation file")
    boxes: Boxes = {} if names is None else {name: [] for name in names.values()}
    for i, entry in enumerate(entries):
        where = f"{path}: entry {i}"
        image = value_of(entry, "image_id", where)
        if names is not None and image not in names:
            raise ValueError(
                f"{where} is of image {image}, which the annotation file does not list; give the "
                "annotations of the same pictures"
            )
        people = boxes.setdefault(str(image) if names is None else names[image], [])
        if entry.get("category_id", person) == person:
            box, score = value_of(entry, "bbox", where), value_of(entry, "score", where)
            people.append(from_size(box, score, where))
    return boxes


def _by_name(content: Mapping[str, Any], path: str | Path) -> Boxes:
    boxes: Boxes = {}
    for name, people in content.items():
        if not isinstance(people, list) or not all(isinstance(box, list) for box in people):
            raise ValueError(
                f"{path}: '{name}' holds {shortened(people)}, which is no list of boxes; write "
                f'{{"{name}": [[x1, y1, x2, y2], …]}}'
            )
        boxes[name] = [
            from_corners(box, f"{path}: box {i} of '{name}'") for i, box in enumerate(people)
        ]
    return boxes


def _pictures(content: Any, path: str | Path) -> tuple[dict[Any, str], Any]:
    """Image id → file name, and the id of the category of persons.

    Persons are of the category called 'person' or, whatever its name, the only one.
    """
    names = {}
    for i, image in enumerate(_list(content, "images", path)):
        where = f"{path}: images[{i}]"
        names[value_of(image, "id", where)] = str(value_of(image, "file_name", where))
    categories = content.get("categories") or [{"id": 1}]
    ids = {
        category.get("name"): value_of(category, "id", f"{path}: categories[{i}]")
        for i, category in enumerate(categories)
    }
    if len(categories) > 1 and "person" not in ids:
        raise ValueError(
            f"{path} has the categories {', '.join(map(str, ids))}, and none is called 'person'; "
            "name so the one whose boxes are wanted, or keep no other"
        )
    return names, ids.get("person", categories[0]["id"])


def _list(content: Any, key: str, path: str | Path) -> list[Any]:
    found = content.get(key) if isinstance(content, Mapping) else None
    if not isinstance(found, list):
        raise ValueError(
            f"{path} has no list '{key}'; COCO annotations have 'images' and 'annotations'"
        )
    return found
