"""Random size and turn of the crop."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.builder import PIPELINES
from models.pipelines.sample import rng_of


@PIPELINES.register_module()
class TopDownGetRandomScaleRotation:
    """Multiply `scale` by a random factor and draw a `rotation`.

    The factor is 1 + `scale_factor` · N(0, 1), cut off at 1 ± `scale_factor`; the rotation is
    `rot_factor` · N(0, 1) degrees, cut off at ± 2 `rot_factor`, with probability `rot_prob` and
    otherwise 0.

    Args:
        rot_factor: standard deviation of the rotation, degrees.
        scale_factor: standard deviation and reach of the factor; below 1.
        rot_prob: probability of a rotation.
    """

    def __init__(
        self, rot_factor: float = 40.0, scale_factor: float = 0.5, rot_prob: float = 0.6
    ) -> None:
        if not 0 <= scale_factor < 1:
            raise ValueError(f"scale_factor {scale_factor} must lie in [0, 1); published is 0.25")
        self.rot_factor = rot_factor
        self.scale_factor = scale_factor
        self.rot_prob = rot_prob

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        reach, rng = self.scale_factor, rng_of(sample)
        # float64, which NumPy keeps apart from Python's numbers: the product is rounded once
        factor = np.float64(min(max(rng.randn() * reach + 1, 1 - reach), 1 + reach))
        sample["scale"] = (sample["scale"] * factor).astype(np.float32)
        turn = min(max(rng.randn(), -2.0), 2.0) * self.rot_factor
        sample["rotation"] = float(turn) if rng.rand() < self.rot_prob else 0.0
        return sample
