"""Pictures inside the page: sensibly small JPEGs as data: URIs."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from models.analysis.page.markup import Markup, tag
from models.analysis.worst import Case
from models.structures import KeypointSet
from models.visualization import draw_poses

#: longest side of a picture in the page, in pixels
LONGEST = 640
_QUALITY = 84
#: size (w, h) of each of a case's two pictures, and the gap between them
_WINDOW, _GAP = (300, 360), 6
#: how much of the surroundings a case shows, as a share of the person's box on each side
_MARGIN = 0.12
_OUTSIDE = (96, 88, 80)


def inline_picture(image: np.ndarray, alt: str) -> Markup:
    """An `img` that holds its picture.

    Args:
        image: (H, W, 3) uint8, BGR; made smaller if it is larger than `LONGEST`.
        alt: what it shows.
    """
    factor = LONGEST / max(image.shape[:2])
    if factor < 1:
        size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("a picture could not be written as JPEG; is OpenCV built with it?")
    source = f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode('ascii')}"
    height, width = image.shape[:2]
    return tag("img", src=source, alt=alt, width=width, height=height)


def draw_case(image: np.ndarray, case: Case, keypoints: KeypointSet) -> np.ndarray:
    """A person as labelled, and beside it as answered: (H, W, 3) uint8, BGR.

    Args:
        image: the whole picture, BGR.
        case: the person.
        keypoints: the joints.
    """
    x, y, width, height = np.asarray(case.box, dtype=np.float64)
    room = np.array([width, height]) * (1 + 2 * _MARGIN)
    factor = float(min(np.array(_WINDOW) / np.maximum(room, 1)))
    center = np.array([x + width / 2, y + height / 2])
    shift = np.array(_WINDOW) / 2 - factor * center
    part = cv2.warpAffine(
        image,
        np.column_stack([np.eye(2) * factor, shift]),
        _WINDOW,
        flags=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC,
        borderValue=_OUTSIDE,
    )
    drawn = []
    for points in (case.label, case.pose):
        pose = np.array(points, dtype=np.float64)
        pose[:, :2] = pose[:, :2] * factor + shift
        if points is case.pose:
            pose[:, 2] = 1  # every joint of it was judged
        drawn.append(draw_poses(part, pose[None], keypoints, score_thr=0.5))
    gap = np.full((part.shape[0], _GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([drawn[0], gap, drawn[1]], axis=1)
