"""Pictures inside the page: sensibly small JPEGs as data: URIs."""

from __future__ import annotations

import base64

import cv2
import numpy as np

from models.analysis.page.markup import Markup, tag

#: longest side of a picture in the page, in pixels
LONGEST = 640
_QUALITY = 84


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
