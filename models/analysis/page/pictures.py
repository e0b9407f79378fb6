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
#: height of a case's two pictures, and the gap between them
_HEIGHT, _GAP = 300, 6
#: how much of the surroundings a case shows, as a share of the person's box
_MARGIN = 0.25


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
    x, y, width, height = case.box
    margin = _MARGIN * max(width, height)
    rows, columns = image.shape[:2]
    left, top = (int(np.clip(v - margin, 0, m - 1)) for v, m in ((x, columns), (y, rows)))
    right = int(np.clip(np.ceil(x + width + margin), left + 1, columns))
    bottom = int(np.clip(np.ceil(y + height + margin), top + 1, rows))
    part = image[top:bottom, left:right]
    # Wide people are shown lower, so that two beside each other fit.
    factor = min(_HEIGHT / part.shape[0], 1.2 * _HEIGHT / part.shape[1])
    size = max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    part = cv2.resize(part, size, interpolation=method)
    # Pixel centres are at whole numbers: that of the first one of the part moves by half a pixel.
    shift = np.array([left, top]) - 0.5
    drawn = []
    for points in (case.label, case.pose):
        pose = np.array(points, dtype=np.float64)
        pose[:, :2] = (pose[:, :2] - shift) * factor - 0.5
        if points is case.pose:
            pose[:, 2] = 1  # every joint of it was judged
        drawn.append(draw_poses(part, pose[None], keypoints, score_thr=0.5))
    gap = np.full((part.shape[0], _GAP, 3), 255, dtype=np.uint8)
    return np.concatenate([drawn[0], gap, drawn[1]], axis=1)
