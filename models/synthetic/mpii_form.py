"""Records of drawn pictures in MPII's form: the common json, and the ground truth for PCKh.

MPII counts pixels from 1, and so do these files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy.io import savemat

from models.runtime.files import atomic_write
from models.structures.boxes import PIXEL_STD
from models.synthetic.record import picture_name

LEAST_JOINTS = 8
"""People with fewer labelled joints are left out: MPII annotates who can be recognised."""

SHORT_NAMES = (
    *("rank", "rkne", "rhip", "lhip", "lkne", "lank", "pelv", "thor", "neck", "head"),
    *("rwri", "relb", "rsho", "lsho", "lelb", "lwri"),
)
"""Names of the 16 joints in the ground truth file."""

CENTER_ABOVE = 15.0
"""Pixels per unit of scale by which MPII's centers lie above the middle of the body's box."""


def mpii_annotations(records: Iterable[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    """One split as the content of a `mpii_*.json`; image names start with the split's folder."""
    return [
        _entry(person, f"{split}/{picture_name(record['index'])}")
        for record, person in _annotated(records)
    ]


def write_mpii_ground_truth(records: Iterable[dict[str, Any]], path: str | os.PathLike) -> None:
    """Write the `.mat` that PCKh is computed from, N people in the order of the json.

    Fields: dataset_joints (1, 16), jnt_missing (16, N), pos_gt_src (16, 2, N) joints, and
    headboxes_src (2, 2, N) corners of the head's box, all from 1.
    """
    people = [person for _, person in _annotated(records)]
    entries = [_entry(person, "") for person in people]
    n = len(people)
    joints = np.array([entry["joints"] for entry in entries], dtype=np.float64)
    seen = np.array([entry["joints_vis"] for entry in entries], dtype=np.uint8)
    heads = np.array([person["head_box"] for person in people], dtype=np.float64) + 1.0
    names = np.empty((1, len(SHORT_NAMES)), dtype=object)
    names[0] = SHORT_NAMES
    content = {
        "dataset_joints": names,
        "jnt_missing": 1 - seen.reshape(n, 16).T,
        "pos_gt_src": joints.reshape(n, 16, 2).transpose(1, 2, 0),
        "headboxes_src": heads.reshape(n, 2, 2).transpose(1, 2, 0),
    }
    with atomic_write(path) as temporary:
        savemat(temporary, content, do_compression=True)


def _annotated(
    records: Iterable[dict[str, Any]],
) -> Iterable[tuple[dict[str, Any], dict[str, Any]]]:
    for record in records:
        for person in record["people"]:
            if sum(v > 0 for _, _, v in person["mpii"]) >= LEAST_JOINTS:
                yield record, person


def _entry(person: dict[str, Any], image: str) -> dict[str, Any]:
    x, y, w, h = person["box"]
    scale = max(w, h) / PIXEL_STD
    center = [x + 0.5 * (w - 1.0) + 1.0, y + 0.5 * (h - 1.0) + 1.0 - CENTER_ABOVE * scale]
    return {
        "image": image,
        "joints": [_from_one(joint) for joint in person["mpii"]],
        "joints_vis": [int(v > 0) for _, _, v in person["mpii"]],
        "center": [round(value, 4) for value in center],
        "scale": round(scale, 6),
    }


def _from_one(joint: Sequence[float]) -> list[float]:
    """A joint's x, y counted from 1; (-1, -1) where it is not labelled, as in MPII's json."""
    x, y, visibility = joint
    return [round(x + 1.0, 2), round(y + 1.0, 2)] if visibility else [-1.0, -1.0]
