"""Metrics of distances between predicted and annotated keypoints, for keypoints of any kind.

They mean what they mean in mmpose 0.x (`PCK`, `AUC`, `EPE`, `NME` of its data sets): a keypoint is
right below, not at, the threshold; PCK and AUC are means over keypoints of each one's share, so
that a keypoint that is rarely annotated counts as much as others; EPE and NME are means over all
annotated keypoints of all samples. Distances are kept per sample and summed in the data set's
order, so that shares of processes do not change a digit.

Predictions are compared with the annotation of their own box; a detector's boxes have none.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from models.builder import METRICS
from models.evaluation.base import Metric
from models.evaluation.keypoint_truth import check_normalize
from models.evaluation.results import Predictions, gather

#: thresholds of AUC, as shares of its length
_STEPS = np.arange(20) / 20


def mean_accuracy(distances: np.ndarray, counted: np.ndarray, threshold: float) -> float:
    """Mean over keypoints of the share of samples in which each is nearer than a threshold.

    Args:
        distances: (N, K).
        counted: (N, K) bool: keypoints that are annotated; one that never is has no part.
        threshold: in the unit of the distances.
    """
    right = ((distances < threshold) & counted).sum(axis=0)
    total = counted.sum(axis=0)
    return float((right[total > 0] / total[total > 0]).mean())


def area_under_curve(distances: np.ndarray, counted: np.ndarray) -> float:
    """Mean of `mean_accuracy` over the thresholds 0, 0.05 … 0.95, 0.95 at the most."""
    return float(np.mean([mean_accuracy(distances, counted, step) for step in _STEPS]))


def mean_distance(distances: np.ndarray, counted: np.ndarray) -> float:
    """Mean over all counted keypoints."""
    return float(distances[counted].mean())


class _DistanceMetric(Metric):
    """Keeps the distances of each sample's keypoints, in units of a length of the sample.

    Args:
        dataset: gives `keypoint_truth`.
        res_folder: see `Metric`; nothing is written.
        normalize: the length, see `check_normalize`. Samples where it is not annotated do not
            count.

    Raises:
        ValueError: the data set lacks the length, or has nothing to compare with.
    """

    needs: ClassVar[tuple[str, ...]] = ("keypoint_truth",)

    def __init__(self, dataset: Any, res_folder: str | None = None, normalize: Any = 1) -> None:
        super().__init__(dataset, res_folder)
        self._truth = dataset.keypoint_truth()
        self._lengths = np.asarray(self._truth.lengths(normalize), dtype=np.float64)
        self._counted = self._truth.labelled & (self._lengths > 0)[:, None]
        if not self._counted.any():
            raise ValueError(
                f"{self.name} compares with annotated keypoints, but none of the "
                f"{len(self._lengths)} tested boxes has any that {normalize!r} measures; test on "
                "annotated boxes: data.test.data_cfg.use_gt_bbox=True"
            )
        self._row = {sample: row for row, sample in enumerate(self._truth.ids.tolist())}
        self._distances = np.zeros(self._counted.shape)
        self._seen = np.zeros(len(self._lengths), dtype=bool)

    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        """Measure the distances of a batch; see `gather` for its form."""
        table = gather(predictions)
        if not len(table):
            return
        rows = self._rows(table)
        predicted, truth = table.poses[..., :2], self._truth.keypoints[rows]
        if predicted.shape != truth.shape:
            raise ValueError(
                f"predictions have {predicted.shape[1]} keypoints, but the data set has "
                f"{truth.shape[1]}; test with the config that the network was trained with"
            )
        lengths = np.where(self._lengths > 0, self._lengths, 1)[rows]
        self._keep(rows, np.linalg.norm(predicted - truth, axis=-1) / lengths[:, None])

    def state(self) -> dict[str, np.ndarray]:
        """`ids` (M,) of the samples processed and `distances` (M, K), 0 where not annotated."""
        return {"ids": self._truth.ids[self._seen], "distances": self._distances[self._seen]}

    def merge(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Keep the distances of all processes."""
        self._seen[:] = False
        for state in states:
            rows = np.array([self._row[sample] for sample in state["ids"]], dtype=np.int64)
            if len(rows):
                self._keep(rows, np.asarray(state["distances"], dtype=np.float64))

    def compute(self) -> dict[str, float]:
        """The one score; samples whose image was skipped (`skip_bad_images`) do not count.

        Raises:
            ValueError: samples were not predicted, or none with annotated keypoints.
        """
        lacking = int((~self._seen).sum())
        if lacking and not getattr(self.dataset, "skip_bad_images", False):
            raise ValueError(
                f"{lacking} of {len(self._seen)} samples were not predicted; {self.name} needs the "
                "whole data set"
            )
        distances, counted = self._distances[self._seen], self._counted[self._seen]
        if not counted.any():
            raise ValueError(f"no predicted sample has annotated keypoints; {self.name} is none")
        return {self.key: self._score(distances, counted)}

    @abstractmethod
    def _score(self, distances: np.ndarray, counted: np.ndarray) -> float:
        """Of the samples processed: distances (M, K), and which of them count (M, K)."""

    def _rows(self, table: Predictions) -> np.ndarray:
        """(M,) where the data set has the samples of a table."""
        rows = []
        for sample, image in zip(table.bbox_ids.tolist(), table.images, strict=True):
            row = self._row.get(sample)
            own = None if row is None else os.path.basename(self._truth.images[row])
            if own is None or (isinstance(image, str) and os.path.basename(image) != own):
                raise ValueError(
                    f"box {sample} is in image {image} by the predictions, in {own} by the data "
                    "set; they are of another annotation file"
                )
            rows.append(row)
        return np.array(rows, dtype=np.int64)

    def _keep(self, rows: np.ndarray, distances: np.ndarray) -> None:
        """A sample that was predicted twice keeps its first prediction."""
        fresh = ~self._seen[rows]
        rows, distances = rows[fresh], distances[fresh]
        self._distances[rows] = np.where(self._counted[rows], distances, 0)
        self._seen[rows] = True


@METRICS.register_module()
class PCK(_DistanceMetric):
    """Percentage of correct keypoints, as a fraction: those nearer than a share of a length.

    Args:
        dataset, res_folder: see `Metric`.
        pck_thr: the share.
        pck_normalize: the length, see `check_normalize`; by default the longer side of the box.
    """

    key: ClassVar[str] = "PCK"
    scores: ClassVar[tuple[str, ...]] = ("PCK",)

    def __init__(
        self,
        dataset: Any,
        res_folder: str | None = None,
        pck_thr: float = 0.2,
        pck_normalize: Any = "bbox",
    ) -> None:
        super().__init__(dataset, res_folder, pck_normalize)
        self.threshold = pck_thr

    @classmethod
    def check_options(cls, pck_thr: float = 0.2, pck_normalize: Any = "bbox") -> None:
        """See `Metric.check_options`."""
        _check_positive(pck_thr, "pck_thr")
        check_normalize(pck_normalize)

    def _score(self, distances: np.ndarray, counted: np.ndarray) -> float:
        return mean_accuracy(distances, counted, self.threshold)


@METRICS.register_module()
class AUC(_DistanceMetric):
    """Area under the curve of PCK over the distance, from 0 to `auc_nor` pixels, as a fraction.

    Args:
        dataset, res_folder: see `Metric`.
        auc_nor: pixels of the image.
    """

    key: ClassVar[str] = "AUC"
    scores: ClassVar[tuple[str, ...]] = ("AUC",)

    def __init__(self, dataset: Any, res_folder: str | None = None, auc_nor: float = 30) -> None:
        super().__init__(dataset, res_folder, auc_nor)

    @classmethod
    def check_options(cls, auc_nor: float = 30) -> None:
        """See `Metric.check_options`."""
        _check_positive(auc_nor, "auc_nor")

    def _score(self, distances: np.ndarray, counted: np.ndarray) -> float:
        return area_under_curve(distances, counted)


@METRICS.register_module()
class EPE(_DistanceMetric):
    """End-point error: the mean distance in pixels of the image."""

    key: ClassVar[str] = "EPE"
    scores: ClassVar[tuple[str, ...]] = ("EPE",)
    higher_is_better: ClassVar[bool] = False
    full_score: ClassVar[float | None] = None

    def __init__(self, dataset: Any, res_folder: str | None = None) -> None:
        super().__init__(dataset, res_folder)

    def _score(self, distances: np.ndarray, counted: np.ndarray) -> float:
        return mean_distance(distances, counted)


@METRICS.register_module()
class NME(_DistanceMetric):
    """Normalised mean error: the mean distance, in units of a length of each sample.

    mmpose's data sets have each a length of their own, here an option: between the outer corners
    of the eyes (keypoints 36 and 45 of COCO-WholeBody's faces and 300W, 60 and 72 of WFLW, 8 and 9
    of COFW), or between two keypoints of a horse (0 and 1 of Horse-10).

    Args:
        dataset, res_folder: see `Metric`.
        nme_normalize: the length, see `check_normalize`; by default the longer side of the box.
    """

    key: ClassVar[str] = "NME"
    scores: ClassVar[tuple[str, ...]] = ("NME",)
    higher_is_better: ClassVar[bool] = False
    full_score: ClassVar[float | None] = None

    def __init__(
        self, dataset: Any, res_folder: str | None = None, nme_normalize: Any = "bbox"
    ) -> None:
        super().__init__(dataset, res_folder, nme_normalize)

    @classmethod
    def check_options(cls, nme_normalize: Any = "bbox") -> None:
        """See `Metric.check_options`."""
        check_normalize(nme_normalize)

    def _score(self, distances: np.ndarray, counted: np.ndarray) -> float:
        return mean_distance(distances, counted)


def _check_positive(value: Any, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < np.inf:
        raise ValueError(f"{name}={value!r} must be a number above 0")
