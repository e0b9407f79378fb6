"""Random light and color."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np

from models.builder import PIPELINES
from models.pipelines.sample import rng_of


@PIPELINES.register_module()
class PhotometricDistortion:
    """Change brightness, contrast, saturation and hue of `img` (uint8 RGB), each with p 0.5.

    Contrast comes before or after the colors, with p 0.5 each, as in SSD (arXiv 1512.02325).

    Args:
        brightness_delta: reach of the number added to all channels, in grey levels.
        contrast_range: lowest and highest factor of all channels.
        saturation_range: lowest and highest factor of the saturation.
        hue_delta: reach of the turn of the hue, in OpenCV's units of 2 degrees.
    """

    def __init__(
        self,
        brightness_delta: float = 32,
        contrast_range: Sequence[float] = (0.5, 1.5),
        saturation_range: Sequence[float] = (0.5, 1.5),
        hue_delta: int = 18,
    ) -> None:
        self.brightness_delta = brightness_delta
        self.contrast_range = tuple(contrast_range)
        self.saturation_range = tuple(saturation_range)
        self.hue_delta = hue_delta

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        rng = rng_of(sample)
        contrast_first = rng.rand() < 0.5
        image = sample["img"]
        if rng.rand() < 0.5:
            delta = rng.uniform(-self.brightness_delta, self.brightness_delta)
            image = _linear(image, 1, delta)
        if contrast_first:
            image = self._contrast(image, rng)
        image = self._colors(image, rng)
        if not contrast_first:
            image = self._contrast(image, rng)
        sample["img"] = image
        return sample

    def _contrast(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        if rng.rand() < 0.5:
            image = _linear(image, rng.uniform(*self.contrast_range), 0)
        return image

    def _colors(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        saturate, turn = rng.rand(2) < 0.5
        if not (saturate or turn):
            return image
        hue, saturation, value = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV))
        if saturate:
            saturation = _linear(saturation, rng.uniform(*self.saturation_range), 0)
        if turn:
            turned = hue + rng.uniform(-self.hue_delta, self.hue_delta)
            hue = (turned % 180).astype(np.uint8)
        return cv2.cvtColor(cv2.merge([hue, saturation, value]), cv2.COLOR_HSV2RGB)


def _linear(image: np.ndarray, factor: float, delta: float) -> np.ndarray:
    levels = np.clip(np.rint(np.arange(256) * factor + delta), 0, 255).astype(np.uint8)
    return cv2.LUT(image, levels)
