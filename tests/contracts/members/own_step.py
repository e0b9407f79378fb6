"""Pipeline steps of one's own: one changes pixels, one numbers only."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.builder import PIPELINES
from models.pipelines import rng_of


@PIPELINES.register_module()
class GreySquare:
    """Covers a square of the image.

    Args:
        side: of the square, as a share of the shorter side of the image.
    """

    def __init__(self, side: float = 0.2) -> None:
        self.side = side

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        image = sample["img"].copy()
        length = int(self.side * min(image.shape[:2]))
        y, x = (rng_of(sample).randint(size - length + 1) for size in image.shape[:2])
        image[y : y + length, x : x + length] = 128
        sample["img"] = image
        return sample


@PIPELINES.register_module()
class LargerCrop:
    """Makes the crop larger by a random factor.

    Args:
        most: the largest factor.
    """

    def __init__(self, most: float = 1.2) -> None:
        self.most = most

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        sample["scale"] = sample["scale"] * np.float32(rng_of(sample).uniform(1, self.most))
        return sample
