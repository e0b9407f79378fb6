"""From a picture with boxes to crops, in NumPy, bit for bit as the test pipeline cuts them."""

from __future__ import annotations

import cv2
import numpy as np

from models.deploy.description import Description
from models.structures import PADDING, box_to_center_scale, crop_matrix, udp_matrix


class Cropper:
    """Cuts and normalises crops as a model's description says.

    Args:
        description: of the model.
    """

    def __init__(self, description: Description) -> None:
        self.description = description
        # A byte has 256 values: what becomes of each, channel by channel, is all there is to know.
        levels = np.arange(256, dtype=np.float32) / np.float32(255)
        mean, std = (np.float32(values) for values in (description.mean, description.std))
        self._table = (levels - mean[:, None]) / std[:, None]

    def __call__(
        self, image: np.ndarray, boxes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Crops of all boxes of a picture.

        Args:
            image: (H, W, 3) uint8, BGR.
            boxes: (N, 4) x, y, w, h in the image frame.

        Returns:
            crops (N, 3, h, w) float32, their centers (N, 2) in the image frame, and their scales
            (N, 2) in units of 200 px.

        Raises:
            ValueError: the picture is no BGR picture, or a box has no extent.
        """
        check_image(image)
        width, height = self.description.input_size
        boxes = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
        center, scale = box_to_center_scale(boxes, width / height)
        # in two steps, as data set and pipeline do it in float32
        scale *= np.float32(self.description.padding / PADDING)
        crops = np.empty((len(boxes), 3, height, width), np.float32)
        matrix_of = udp_matrix if self.description.udp_crop else crop_matrix
        for crop, c, s in zip(crops, center, scale, strict=True):
            cut = cv2.warpAffine(
                image, matrix_of(c, s, 0, (width, height)), (width, height), flags=cv2.INTER_LINEAR
            )
            planes = cv2.split(cut)
            if self.description.channel_order == "rgb":
                planes = planes[::-1]
            for plane, levels, values in zip(planes, self._table, crop, strict=True):
                cv2.LUT(plane, levels, values)
        return crops, center, scale


def check_image(image: np.ndarray) -> None:
    """Make sure that an array is a picture as OpenCV reads them.

    Raises:
        ValueError: it is not (H, W, 3) uint8, or is empty.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
        raise ValueError(
            f"a picture is an array (H, W, 3) of uint8 in the order BGR, not {image.shape} of "
            f"{image.dtype}"
        )
