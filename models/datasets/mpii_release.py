"""MPII's release annotations as people: the one place that knows its MATLAB structs.

RELEASE holds `annolist(i)` with `image.name`, `vididx` and the people `annorect(p)`, each with the
head's box `x1 y1 x2 y2`, the joints `annopoints.point(k)` (`x y id`, pixels counted from 1), a
rough position `objpos.x objpos.y` and a `scale` (height / 200 px); `img_train(i)` tells the images
whose labels are public. Any of these may be empty or absent.

A joint that is labelled counts as visible, hidden or not, as in the published json files.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.io import loadmat
from tqdm import tqdm

from models.structures import MPII_16


@dataclass(frozen=True, eq=False)
class ReleasePerson:
    """One labelled person; coordinates in the image frame, pixels counted from 1.

    Attributes:
        image: file name.
        image_index: place of the image in the release, from 1.
        person_index: place of the person in the image, from 1.
        video: number of the video that the image is from, or None where the release does not tell.
        center: (2,) rough position.
        scale: height / 200 px.
        joints: (16, 2), −1 where not labelled.
        visible: (16,) bool.
        head_box: (2, 2) upper left and lower right corner, or None.
    """

    image: str
    image_index: int
    person_index: int
    video: float | None
    center: list[float]
    scale: float
    joints: np.ndarray
    visible: np.ndarray
    head_box: np.ndarray | None


def load_mat(path: str | os.PathLike) -> Mapping[str, Any]:
    """The variables of a MATLAB file, structs as dicts.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no MATLAB file that can be read.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(f"{path} does not exist; check the path")
    try:
        return loadmat(path, simplify_cells=True)
    except Exception as error:  # scipy raises a dozen kinds for bytes that are no MATLAB file
        raise ValueError(f"{path} is no readable MATLAB file ({error}); fetch it anew") from error


def read_release(path: str | os.PathLike) -> Mapping[str, Any]:
    """The struct RELEASE as dicts and lists.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no MATLAB file that can be read, or has no RELEASE.
    """
    release = load_mat(path).get("RELEASE")
    if _field(release, "annolist") is None:
        raise ValueError(
            f"{path} holds no RELEASE.annolist; give MPII's mpii_human_pose_v1_u12_1.mat"
        )
    return release


def read_people(release: Mapping[str, Any]) -> tuple[list[ReleasePerson], Counter[str]]:
    """Everyone whose joints, position and scale are labelled, and why others are left out.

    Raises:
        ValueError: joints with ids outside 0 … 15, or lists that do not agree.
    """
    images = _listed(release["annolist"])
    public = np.ravel(release.get("img_train", np.ones(len(images))))
    if len(public) != len(images):
        raise ValueError(
            f"RELEASE has {len(images)} images but {len(public)} entries of img_train; "
            "the file is damaged: fetch it anew"
        )
    people, left_out = [], Counter()
    for i, image in enumerate(tqdm(images, desc="people", unit="image", disable=None)):
        if not public[i]:
            continue
        name, video = _field(_field(image, "image"), "name"), _number(image, "vididx")
        for p, rectangle in enumerate(_listed(_field(image, "annorect"))):
            found = _read_person(rectangle, name)
            if isinstance(found, str):
                left_out[found] += 1
            else:
                people.append(ReleasePerson(name, i + 1, p + 1, video, **found))
    return people, left_out


def _read_person(rectangle: Any, image: Any) -> dict[str, Any] | str:
    """The labels of an `annorect`, or the reason why they are of no use."""
    joints = np.full((MPII_16.num_joints, 2), -1.0)
    visible = np.zeros(MPII_16.num_joints, dtype=bool)
    for point in _listed(_field(_field(rectangle, "annopoints"), "point")):
        x, y, joint = (_number(point, key) for key in ("x", "y", "id"))
        if x is None or y is None or joint is None:
            continue
        if not 0 <= joint < MPII_16.num_joints:
            raise ValueError(f"image {image} labels a joint {joint:g}; MPII's are 0 … 15")
        joints[int(joint)] = x, y
        visible[int(joint)] = True
    center = [_number(_field(rectangle, "objpos"), axis) for axis in ("x", "y")]
    scale = _number(rectangle, "scale")
    if image is None:
        return "people without an image name"
    if not visible.any():
        return "people without joints"
    if None in center or scale is None or scale <= 0:
        return "people without position or scale"
    corners = [_number(rectangle, key) for key in ("x1", "y1", "x2", "y2")]
    head_box = None if None in corners else np.reshape(corners, (2, 2))
    if head_box is not None and (head_box[0] == head_box[1]).all():
        head_box = None
    return {
        "center": center,
        "scale": scale,
        "joints": joints,
        "visible": visible,
        "head_box": head_box,
    }


def _field(record: Any, name: str) -> Any:
    """A field of a struct; None where the struct, the field or its content is absent."""
    value = record.get(name) if isinstance(record, Mapping) else None
    return None if value is None or np.size(value) == 0 else value


def _number(record: Any, name: str) -> float | None:
    """A field that is one finite number; None otherwise."""
    value = _field(record, name)
    if not isinstance(value, (int, float, np.number)) or not np.isfinite(value):
        return None
    return float(value)


def _listed(value: Any) -> list[Any]:
    """The structs of an array of structs: MATLAB's 0 and 1 elements arrive as None and as one."""
    if value is None:
        return []
    return list(value) if isinstance(value, (list, np.ndarray)) else [value]
