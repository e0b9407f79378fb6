"""MPII's table, as a metric. Source: Andriluka et al., CVPR 2014."""

from __future__ import annotations

from typing import ClassVar

from models.builder import METRICS
from models.evaluation.base import CollectingMetric
from models.evaluation.mpii import GROUPS, MEAN_THRESHOLDS, evaluate_mpii


@METRICS.register_module()
class MpiiPCKh(CollectingMetric):
    """PCKh in percent; asked for as `PCKh`. Writes `res_folder/pred.mat`.

    Args:
        dataset: gives `mpii_ground_truth`, the file, and `with_unreadable`, which adds predictions
            for the people whose images were left out.
        res_folder: see `Metric`.
    """

    key: ClassVar[str] = "PCKh"
    scores: ClassVar[tuple[str, ...]] = (*GROUPS, *MEAN_THRESHOLDS)
    highlights: ClassVar[tuple[str, ...]] = ("PCKh@0.1",)
    full_score: ClassVar[float] = 100.0
    files: ClassVar[tuple[str, ...]] = ("pred.mat",)
    needs: ClassVar[tuple[str, ...]] = ("mpii_ground_truth", "with_unreadable")

    def compute(self) -> dict[str, float]:
        """The rows of MPII's table, PCKh and PCKh@0.1."""
        predictions = self.dataset.with_unreadable(self.predictions)
        return evaluate_mpii(predictions, self.dataset.mpii_ground_truth, self.res_folder)
