"""The crop's center and scale: from the box, and moved at random as a detector's box would be."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.builder import PIPELINES
from models.pipelines.preprocess import repadded
from models.pipelines.sample import rng_of
from models.structures import PADDING, PIXEL_STD, box_to_center_scale


@PIPELINES.register_module()
class TopDownGetBboxCenterScale:
    """Crop of another padding than the data set's 1.25; from `bbox` where there is no crop yet.

    A scale that the data set gives is multiplied by padding / 1.25, so that persons whose scale
    is annotated (MPII) are treated like those whose box is.

    Args:
        padding: how much larger than the box the crop is.
    """

    def __init__(self, padding: float = PADDING) -> None:
        if not padding > 0:
            raise ValueError(f"padding {padding} must be above 0; published crops have 1.25")
        self.padding = padding

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        if "center" in sample and "scale" in sample:
            sample["scale"] = repadded(sample["scale"], self.padding)
        else:
            width, height = sample["ann_info"]["image_size"]
            sample["center"], sample["scale"] = box_to_center_scale(
                sample["bbox"], width / height, self.padding
            )
        return sample

    def described(self) -> dict[str, Any]:
        """See `declared.py`."""
        return {"padding": self.padding}


@PIPELINES.register_module()
class TopDownRandomShiftBboxCenter:
    """With probability `prob`, move `center` by up to ± `shift_factor` of a length, afresh.

    Args:
        shift_factor: share of the length, drawn uniformly and separately for x and y.
        prob: probability.
        relative_to: the length: 'crop', the crop's width and height (mmpose 0.29), or 'box', the
            annotated box's own (the original: shift_factor 0.2 and prob 0.3).
    """

    def __init__(
        self, shift_factor: float = 0.16, prob: float = 0.3, relative_to: str = "crop"
    ) -> None:
        if relative_to not in ("crop", "box"):
            raise ValueError(f"relative_to='{relative_to}' is unknown; use 'crop' or 'box'")
        self.shift_factor = shift_factor
        self.prob = prob
        self.relative_to = relative_to

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        if rng_of(sample).rand() < self.prob:
            if self.relative_to == "crop":
                extent = np.asarray(sample["scale"]) * PIXEL_STD
            else:
                extent = np.asarray(sample["bbox"])[2:4]
            _shift(sample, self.shift_factor * extent)
        return sample


@PIPELINES.register_module()
class TopDownRandomTranslation:
    """With probability `trans_prob`, move `center` by up to ± `trans_factor` of the crop's size.

    Args:
        trans_factor: share of the crop's width and height, drawn uniformly for x and y.
        trans_prob: probability.
    """

    def __init__(self, trans_factor: float = 0.15, trans_prob: float = 1.0) -> None:
        self.trans_factor = trans_factor
        self.trans_prob = trans_prob

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        if rng_of(sample).rand() < self.trans_prob:
            _shift(sample, self.trans_factor * np.asarray(sample["scale"]) * PIXEL_STD)
        return sample


def _shift(sample: dict[str, Any], reach: np.ndarray) -> None:
    moved = sample["center"] + rng_of(sample).uniform(-1, 1, size=2) * reach
    sample["center"] = moved.astype(np.float32)
