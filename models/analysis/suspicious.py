"""Annotations that are probably wrong, found by rules over a whole data set.

A finding is a reason to look, not a verdict. Left and right of a body: `sides.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from models.analysis.findings import Finding, by_severity
from models.analysis.sides import find_exchanges
from models.datasets import AnnotatedImage, AnnotatedPerson
from models.evaluation.oks import oks_iou
from models.pipelines import BadImage, Picture
from models.structures import KeypointSet

#: pixels; annotators round to whole ones, and some forms count from 1
PICTURE_MARGIN = 1.5
#: in lengths of the box's longer side
BOX_MARGIN = 0.15
#: square root of the least box, pixels: half that of COCO's smallest people with joints
TINY = 16.0
#: OKS of two people who are one; two different ones do not reach it
SAME = 0.99
#: of at least as many joints, labelled in both
SAME_JOINTS = 3
#: spread of a joint where a data set defines none; COCO's are 0.025 … 0.107
SIGMA = 0.05


def find_suspicious(
    images: Sequence[AnnotatedImage],
    keypoints: KeypointSet,
    on_image: Callable[[], Any] = lambda: None,
) -> list[Finding]:
    """Put all rules to all people; the findings by kind, the worst first.

    Args:
        images: from a data set's `annotated`; sizes that it does not know are read from the files.
        keypoints: the joints.
        on_image: called after each picture.
    """
    findings = list(_exchanges(images, keypoints))
    for image in images:
        try:
            size = image.size or Picture(image.file).size
        except BadImage as error:
            findings.append(Finding("unreadable", image.file, None, None, (), str(error), 1.0))
            size = None
        for person in image.people:
            if person.labelled.any():
                findings += _outside_picture(person, image.file, size, keypoints)
                findings += _outside_box(person, image.file, keypoints)
                findings += _tiny(person, image.file)
            else:
                why = "no joint is labelled"
                findings.append(_finding("no joints", image.file, person, why, 1.0))
        findings += _duplicates(image, keypoints)
        on_image()
    return by_severity(findings)


def _exchanges(images: Sequence[AnnotatedImage], keypoints: KeypointSet) -> Iterator[Finding]:
    people = [(image.file, person) for image in images for person in image.people]
    if not people:
        return
    for exchange in find_exchanges(np.stack([p.joints for _, p in people]), keypoints):
        names = tuple(keypoints.names[i] for i in exchange.joints)
        file, person = people[exchange.person]
        yield _finding("sides", file, person, exchange.why, exchange.severity, names)


def _outside_picture(
    person: AnnotatedPerson, file: str, size: tuple[int, int] | None, keypoints: KeypointSet
) -> Iterator[Finding]:
    if size is None:
        return
    by = _distance_outside(person, np.zeros(2), np.subtract(size, 1))
    out = by > PICTURE_MARGIN
    if out.any():
        why = f"{_joints(out, keypoints)} up to {by.max():.0f} px outside the {_size(size)} picture"
        yield _finding("outside picture", file, person, why, by.max(), _names(out, keypoints))


def _outside_box(person: AnnotatedPerson, file: str, keypoints: KeypointSet) -> Iterator[Finding]:
    first, size = person.bbox[:2], np.maximum(person.bbox[2:], 0)
    side = max(size.max(), 1.0)
    by = _distance_outside(person, first, first + size) / side
    out = by > BOX_MARGIN
    if out.any():
        why = f"{_joints(out, keypoints)} up to {by.max():.2f} box lengths outside the box"
        yield _finding("outside box", file, person, why, by.max(), _names(out, keypoints))


def _tiny(person: AnnotatedPerson, file: str) -> Iterator[Finding]:
    size = np.maximum(person.bbox[2:], 0)
    length = np.sqrt(size.prod())
    if length < TINY:
        why = f"{person.labelled.sum()} joints labelled in a box of {_size(size)} px"
        yield _finding("tiny box", file, person, why, TINY / max(length, 0.1))


def _duplicates(image: AnnotatedImage, keypoints: KeypointSet) -> Iterator[Finding]:
    spread = keypoints.sigmas
    spread = np.full(keypoints.num_joints, SIGMA) if spread is None else spread
    people = [person for person in image.people if person.labelled.sum() >= SAME_JOINTS]
    for person, other in combinations(people, 2):
        both = person.labelled & other.labelled
        # A pose that agrees with a part of another is no double of it.
        if both.sum() < max(SAME_JOINTS, person.labelled.sum() / 2, other.labelled.sum() / 2):
            continue
        poses = person.joints[both, :2], other.joints[None, both, :2]
        oks = float(oks_iou(*poses, person.area, [other.area], spread[both])[0])
        if oks > SAME:
            why = f"the same joints as annotation {other.id} (OKS {oks:.3f})"
            found = _finding("duplicate", image.file, person, why, oks)
            yield replace(found, other_id=other.id)


def _distance_outside(person: AnnotatedPerson, first: np.ndarray, last: np.ndarray) -> np.ndarray:
    """(K,) by how much each joint is beyond a rectangle on one axis; −∞ where not labelled."""
    points = person.joints[:, :2]
    return np.where(person.labelled, np.maximum(first - points, points - last).max(axis=1), -np.inf)


def _finding(
    kind: str,
    file: str,
    person: AnnotatedPerson,
    why: str,
    severity: float,
    joints: tuple[str, ...] = (),
) -> Finding:
    bbox = [float(value) for value in person.bbox]
    return Finding(kind, file, person.id, bbox, joints, why, round(float(severity), 4))


def _names(mask: np.ndarray, keypoints: KeypointSet) -> tuple[str, ...]:
    return tuple(keypoints.names[i] for i in np.flatnonzero(mask))


def _joints(mask: np.ndarray, keypoints: KeypointSet) -> str:
    names = _names(mask, keypoints)
    return names[0] if len(names) == 1 else f"{len(names)} joints"


def _size(size: Sequence[float]) -> str:
    return f"{size[0]:.0f}×{size[1]:.0f}"
