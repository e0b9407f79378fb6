"""AP and AR of COCO's keypoint evaluation, as a metric. Source: cocodataset.org."""

from __future__ import annotations

from typing import Any, ClassVar

from models.builder import METRICS
from models.evaluation.base import CollectingMetric
from models.evaluation.coco import RESULT_FILE, STATISTICS, evaluate_coco


@METRICS.register_module()
class CocoMetric(CollectingMetric):
    """The ten statistics of COCO; asked for as `mAP`. Writes `res_folder/result_keypoints.json`.

    Args:
        dataset: gives `coco_protocol`, the arguments of `evaluate_coco`.
        res_folder: see `Metric`.

    Raises:
        ValueError: OKS is not defined, as the keypoints have no sigmas.
    """

    key: ClassVar[str] = "AP"
    scores: ClassVar[tuple[str, ...]] = STATISTICS
    highlights: ClassVar[tuple[str, ...]] = ("AP .5", "AP .75", "AR")
    files: ClassVar[tuple[str, ...]] = (RESULT_FILE,)
    needs: ClassVar[tuple[str, ...]] = ("coco_protocol",)

    def __init__(self, dataset: Any, res_folder: str | None = None) -> None:
        super().__init__(dataset, res_folder)
        self._protocol = dataset.coco_protocol()

    def compute(self) -> dict[str, float]:
        """`STATISTICS` as fractions; empty without ground truth (test-dev)."""
        return evaluate_coco(self.predictions, res_folder=self.res_folder, **self._protocol)
