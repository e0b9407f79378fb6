"""Pictures of samples: as they were annotated, as the network gets them, what it shall answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from models.analysis.samples import Draw
from models.datasets import AnnotatedImage, AnnotatedPerson
from models.datasets.annotated import OCCLUDED
from models.structures import KeypointSet
from models.visualization import captioned, draw_annotations, overlay_targets, view
from models.visualization.annotation import CHOSEN_BOX, DARK, LIGHT, PLAIN_BOX

#: pixels of a crop's longer side in the pictures
CROP_SIDE = 320


def original(
    picture: np.ndarray,
    image: AnnotatedImage,
    chosen: AnnotatedPerson | None,
    keypoints: KeypointSet,
    size: tuple[int, int],
) -> np.ndarray:
    """A whole picture with all its people; the box of the sample's is yellow.

    Args:
        picture: (H, W, 3) uint8, BGR.
        image: its annotations.
        chosen: the sample's, one of the image's people.
        keypoints: the joints.
        size: (w, h) of what is shown, without its caption.
    """
    height, width = picture.shape[:2]
    shown = _annotated(picture, image.people, chosen, keypoints, (-0.5, -0.5, width, height), size)
    people = len(image.people)
    count = f"{people} {'person' if people == 1 else 'people'}"
    crowds = f", {len(image.crowds)} crowds" if image.crowds else ""
    who = f"annotation {chosen.id}: {_joints(chosen)}" if chosen else ""
    return captioned(shown, [f"{Path(image.file).name}, {width}x{height}, {count}{crowds}", who])


def around(
    picture: np.ndarray,
    image: AnnotatedImage,
    chosen: AnnotatedPerson | None,
    bbox: Sequence[float],
    keypoints: KeypointSet,
    size: tuple[int, int],
) -> np.ndarray:
    """The part of the picture around a sample's person; `bbox` (4,) in the image frame."""
    people = [chosen] if chosen else image.people
    region = region_around(bbox, [chosen] if chosen else [])
    shown = _annotated(picture, people, chosen, keypoints, region, size)
    return captioned(shown, [Path(image.file).name, _joints(chosen) if chosen else ""])


def crop_size(draw: Draw) -> tuple[int, int]:
    """(w, h) at which a crop is shown: enlarged, for lines finer than its pixels."""
    height, width = draw.image.shape[:2]
    factor = CROP_SIDE / max(height, width)
    return round(width * factor), round(height * factor)


def crop(draw: Draw, keypoints: KeypointSet, number: int) -> np.ndarray:
    """A draw with its joints as they are after all changes."""
    shown, matrix = _enlarged(draw)
    joints = moved(draw.joints[None], matrix)
    return captioned(draw_annotations(shown, joints, keypoints), [f"draw {number}", draw.how])


def target(draw: Draw, keypoints: KeypointSet, number: int) -> np.ndarray:
    """A draw with its target heatmaps, which must be there; its joints are white dots."""
    shown, matrix = _enlarged(draw)
    peaks = int((draw.target.max(axis=(1, 2)) > 0).sum())
    height, width = draw.target.shape[1:]
    caption = f"target {width}x{height}, {peaks} of {len(draw.target)} joints"
    shown = overlay_targets(shown, draw.target, keypoints)
    for x, y, state in moved(draw.joints, matrix):
        if state and 0 <= x < shown.shape[1] and 0 <= y < shown.shape[0]:
            for radius, color in ((3, DARK), (2, LIGHT)):  # the peak should be around it
                cv2.circle(shown, (round(x), round(y)), radius, color, -1, cv2.LINE_AA)
    return captioned(shown, [f"draw {number}", caption])


def region_around(bbox: Sequence[float], people: Sequence[AnnotatedPerson]) -> np.ndarray:
    """(4,) x, y, w, h: a box and the joints of people, with a margin around.

    Joints far away from the box are not followed further than its longer side: then their own
    people would be too small to see.
    """
    first, last = np.array(bbox[:2], float), np.array(bbox[:2], float) + np.maximum(bbox[2:], 1)
    side = (last - first).max()
    reach = first - side, last + side
    for person in people:
        points = np.clip(person.joints[person.labelled, :2], *reach)
        first = np.minimum(first, points.min(axis=0, initial=np.inf))
        last = np.maximum(last, points.max(axis=0, initial=-np.inf))
    margin = 0.12 * (last - first).max() + 2
    return np.concatenate([first - margin, last - first + 2 * margin])


def _annotated(
    picture: np.ndarray,
    people: Sequence[AnnotatedPerson],
    chosen: AnnotatedPerson | None,
    keypoints: KeypointSet,
    region: Sequence[float],
    size: tuple[int, int],
) -> np.ndarray:
    shown, matrix = view(picture, region, size)
    if not people:
        return shown
    return draw_annotations(
        shown,
        moved(np.stack([person.joints for person in people]), matrix),
        keypoints,
        moved_boxes(np.stack([person.bbox for person in people]), matrix),
        [CHOSEN_BOX if person is chosen else PLAIN_BOX for person in people],
    )


def moved_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes (N, 4) x, y, w, h through the matrix of a `view`."""
    factor = matrix[0, 0]
    return np.hstack([boxes[:, :2] * factor + matrix[:, 2], boxes[:, 2:] * factor])


def moved(joints: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Joints (..., K, 3) through the matrix of a `view`."""
    points = joints[..., :2] @ matrix[:, :2].T + matrix[:, 2]
    return np.concatenate([points, joints[..., 2:]], axis=-1)


def _enlarged(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    height, width = draw.image.shape[:2]
    return view(draw.image, (-0.5, -0.5, width, height), crop_size(draw))


def _joints(person: AnnotatedPerson) -> str:
    occluded = int((person.joints[:, 2] == OCCLUDED).sum())
    words = f"{int(person.labelled.sum())} joints"
    return f"{words}, {occluded} occluded" if occluded else words
