"""A metric of one's own: the share of keypoints within some pixels of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.builder import METRICS
from models.evaluation import Metric


@METRICS.register_module()
class WithinPixels(Metric):
    """Counts keypoints that lie near enough; asked for as `--eval WithinPixels`.

    Args:
        dataset: gives `keypoint_truth()`.
        res_folder: not used.
        pixels: how near.
    """

    key = "within"
    scores = ("within",)
    needs = ("keypoint_truth",)

    def __init__(self, dataset: Any, res_folder: str | None = None, pixels: float = 20) -> None:
        super().__init__(dataset, res_folder)
        self.pixels = pixels
        self.truth = dataset.keypoint_truth()
        self.near, self.all = 0, 0

    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        rows = {int(number): row for row, number in enumerate(self.truth.ids)}
        for batch in predictions:
            for pose, number in zip(batch["preds"], batch["bbox_ids"], strict=True):
                row = rows[int(number)]
                labelled = self.truth.labelled[row]
                away = np.asarray(pose)[:, :2] - self.truth.keypoints[row]
                self.near += int((np.hypot(*away[labelled].T) <= self.pixels).sum())
                self.all += int(labelled.sum())

    def state(self) -> list[int]:
        return [self.near, self.all]

    def merge(self, states: Sequence[Any]) -> None:
        self.near, self.all = np.sum(states, axis=0).tolist()

    def compute(self) -> dict[str, float]:
        return {"within": self.near / self.all}
