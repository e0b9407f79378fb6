"""What annotators wrote, before anything is left out or rounded for training."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

#: COCO's words for what is known of a joint
UNLABELLED, OCCLUDED, VISIBLE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class AnnotatedPerson:
    """One annotated instance, in the image frame.

    Attributes:
        id: the annotation's id, or the sample's number in its data set where it has none.
        bbox: (4,) x, y, w, h, as annotated; not clipped.
        joints: (K, 3) x, y and `UNLABELLED`, `OCCLUDED` or `VISIBLE`.
        area: square pixels of the person's outline; of the box where there is none.
    """

    id: Any
    bbox: np.ndarray
    joints: np.ndarray
    area: float

    @property
    def labelled(self) -> np.ndarray:
        """(K,) bool: which joints have a place."""
        return self.joints[:, 2] > UNLABELLED


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """A picture and the people in it.

    Attributes:
        file: the picture, folder included.
        size: (w, h) as the annotation file says it; None where it does not.
        people: those that are single persons, labelled joints or not.
        crowds: ids of the regions that are marked as a crowd.
    """

    file: str
    size: tuple[int, int] | None = None
    people: list[AnnotatedPerson] = field(default_factory=list)
    crowds: list[Any] = field(default_factory=list)


def annotated_samples(samples: Iterable[Mapping[str, Any]]) -> list[AnnotatedImage]:
    """Pictures with the people of a data set's `db`, for forms that tell no more.

    A labelled joint counts as visible: these forms do not tell which are occluded.
    """
    images: dict[str, AnnotatedImage] = {}
    for sample in samples:
        file = sample["image_file"]
        seen = sample["joints_3d_visible"][:, :1] > 0
        joints = np.hstack([sample["joints_3d"][:, :2], np.where(seen, VISIBLE, UNLABELLED)])
        bbox = np.asarray(sample["bbox"], dtype=np.float64)
        person = AnnotatedPerson(
            sample["bbox_id"], bbox, joints.astype(np.float64), float(bbox[2] * bbox[3])
        )
        images.setdefault(file, AnnotatedImage(file)).people.append(person)
    return list(images.values())


def annotated_coco(
    annotations: Sequence[Mapping[str, Any]],
    images: Mapping[Any, Mapping[str, Any]],
    num_joints: int,
    img_prefix: str,
    category: Any,
) -> list[AnnotatedImage]:
    """All pictures of a COCO-format file that `labelled_persons` has read without complaint.

    Args:
        annotations: entries of the file.
        images: from `images_by_id`.
        num_joints: K.
        img_prefix: folder of the pictures.
        category: from `person_category`; instances of others are left out.
    """
    found = {
        image_id: AnnotatedImage(
            os.path.join(img_prefix, image["file_name"]),
            (image["width"], image["height"]) if {"width", "height"} <= set(image) else None,
        )
        for image_id, image in images.items()
    }
    for number, entry in enumerate(annotations):
        image = found[entry["image_id"]]
        if entry.get("category_id", category) != category:
            continue
        if entry.get("iscrowd"):
            image.crowds.append(entry.get("id", number))
            continue
        bbox = np.asarray(entry["bbox"], dtype=np.float64)
        joints = np.asarray(entry["keypoints"], dtype=np.float64).reshape(num_joints, 3)
        area = float(entry.get("area", bbox[2] * bbox[3]))
        image.people.append(AnnotatedPerson(entry.get("id", number), bbox, joints, area))
    return list(found.values())
