"""What the camera does to a painted picture: blur, contrast, brightness and noise."""

from __future__ import annotations

import cv2
import numpy as np

from models.synthetic.spec import Difficulty


def photograph(image: np.ndarray, rng: np.random.Generator, difficulty: Difficulty) -> np.ndarray:
    """Turn a painted picture (H, W, 3) float32 into one (H, W, 3) uint8 as a camera gives it."""
    if rng.random() < difficulty.blur:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.5, 1.1))
    gain, offset = 1.0 + difficulty.contrast * rng.uniform(-1.0, 1.0, 2)
    image = (image - 128.0) * np.float32(gain) + np.float32(128.0 * offset)
    deviation = rng.uniform(*difficulty.noise)
    noise = rng.standard_normal(image.shape[:2], dtype=np.float32)[..., None]
    image += np.float32(deviation) * noise
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def encode_jpeg(image: np.ndarray, quality: int) -> bytes:
    """A picture (H, W, 3) uint8 BGR as the bytes of a JPEG file.

    Raises:
        ValueError: OpenCV cannot encode it.
    """
    done, data = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, int(quality)))
    if not done:
        raise ValueError("OpenCV cannot write JPEG; reinstall opencv-python")
    return data.tobytes()
