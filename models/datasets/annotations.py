"""Labelled persons of a COCO-format file, checked as they are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.structures import clip_box


def images_by_id(content: Any, ann_file: str) -> dict[Any, Mapping[str, Any]]:
    """The `images` of a COCO-format file by their id, in the order of the file.

    Raises:
        ValueError: the file has no `images`, or an entry lacks its id or file name.
    """
    images = content.get("images") if isinstance(content, Mapping) else None
    if not images:
        raise ValueError(
            f"annotation file {ann_file} lists no 'images'; it must be in COCO's format"
        )
    for i, image in enumerate(images):
        if "id" not in image or "file_name" not in image:
            raise ValueError(f"{ann_file}: images[{i}] needs 'id' and 'file_name'; add them")
    return {image["id"]: image for image in images}


def person_category(content: Mapping[str, Any], ann_file: str) -> Any:
    """The id of the category whose instances are the persons: COCO's 1 in COCO's own files.

    It is the one called 'person' or, whatever its name, the only one; 1 where none are listed.

    Raises:
        ValueError: there are several, and none is called 'person', or an entry has no id.
    """
    categories = content.get("categories") or [{"id": 1}]
    if any("id" not in category for category in categories):
        raise ValueError(f"{ann_file}: each of 'categories' needs an 'id'; add it")
    ids = {category.get("name"): category["id"] for category in categories}
    if len(categories) == 1:
        return categories[0]["id"]
    if "person" not in ids:
        raise ValueError(
            f"{ann_file} has the categories {', '.join(map(str, ids))}, and none is called "
            "'person'; name so the one whose joints are labelled, or keep no other"
        )
    return ids["person"]


def labelled_persons(
    annotations: Sequence[Mapping[str, Any]],
    images: Mapping[Any, Mapping[str, Any]],
    num_joints: int,
    ann_file: str,
    category: Any = 1,
) -> tuple[list[dict[str, Any]], Counter]:
    """The persons that one can train on and test against, image by image.

    Crowds, areas of 0 or less, persons without a visible joint, boxes of which nothing lies in the
    image, and instances of other categories are left out and counted.

    Args:
        annotations: entries of the file.
        images: from `images_by_id`.
        num_joints: K.
        ann_file: for messages.
        category: from `person_category`.

    Returns:
        dicts with image_id, bbox (4,) clipped (see `clip_box`), joints_3d (K, 3),
        joints_3d_visible (K, 3), image frame; and how many were left out, by reason.

    Raises:
        ValueError: an entry lacks a part, has another number of joints, or is not finite; names
            its id.
    """
    persons: dict[Any, list[dict[str, Any]]] = {image_id: [] for image_id in images}
    left_out: Counter = Counter()
    for i, entry in enumerate(annotations):
        where = f"{ann_file}: annotation {entry.get('id', f'number {i}')}"
        image = images.get(entry.get("image_id"))
        if image is None:
            raise ValueError(
                f"{where} is of image {entry.get('image_id')}, which 'images' does not list; "
                "correct its image_id"
            )
        if entry.get("category_id", category) != category:
            left_out["of another category"] += 1
            continue
        if entry.get("iscrowd"):
            left_out["crowd"] += 1
            continue
        keypoints = _keypoints(entry, num_joints, where)
        box = _box(entry, where)
        visible = np.minimum(keypoints[:, 2:], 1)
        if "width" not in image or "height" not in image:
            raise ValueError(
                f"{ann_file}: image {image['id']} has no 'width' and 'height'; add them"
            )
        box = clip_box(box, image["width"], image["height"])
        if not visible.any():
            left_out["without a visible joint"] += 1
        elif entry.get("area", 1) <= 0 or box is None:
            left_out["with an empty box or area, or outside the image"] += 1
        else:
            flat = np.zeros((num_joints, 1), dtype=np.float32)
            persons[image["id"]].append(
                {
                    "image_id": image["id"],
                    "bbox": box.astype(np.float32),
                    "joints_3d": np.hstack([keypoints[:, :2], flat]),
                    "joints_3d_visible": np.hstack([visible, visible, flat]),
                }
            )
    return [person for group in persons.values() for person in group], left_out


def _keypoints(entry: Mapping[str, Any], num_joints: int, where: str) -> np.ndarray:
    """(K, 3) float32: x, y, visibility."""
    values = entry.get("keypoints")
    if values is None:
        raise ValueError(
            f"{where} has no 'keypoints'; use a keypoint file (person_keypoints_*.json), not one "
            "of boxes or masks"
        )
    if len(values) != 3 * num_joints:
        raise ValueError(
            f"{where} has {len(values)} keypoint numbers, not 3 × {num_joints} joints; correct "
            "it, or describe the joints in dataset_info"
        )
    keypoints = np.asarray(values, dtype=np.float32).reshape(-1, 3)
    if not np.isfinite(keypoints).all():
        raise ValueError(f"{where} has a keypoint that is NaN or infinite; correct or remove it")
    return keypoints


def _box(entry: Mapping[str, Any], where: str) -> np.ndarray:
    box = np.asarray(entry.get("bbox", ()), dtype=np.float64)
    if box.shape != (4,):
        raise ValueError(f"{where} needs a 'bbox' of x, y, w, h, not {entry.get('bbox')}; add it")
    if not np.isfinite(box).all() or not np.isfinite(entry.get("area", 1)):
        raise ValueError(f"{where} has a box or area that is NaN or infinite; correct or remove it")
    return box
