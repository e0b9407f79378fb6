"""What the results of a test run say: scores, kinds of errors, curves, the worst cases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.analysis.curves import score_curves
from models.analysis.errors import analyze_errors
from models.builder import build_dataset
from models.datasets import TopDownCocoDataset
from models.evaluation import BesideLabels
from models.runtime.files import load_json
from models.structures import KeypointSet

#: PCKh and its rows are percentages; a report shows fractions throughout, as published tables do
PERCENT = 100.0


@dataclass(frozen=True, eq=False)
class Measurement:
    """A test run, measured.

    Attributes:
        scores: as fractions, the headline's first… see `TopDownDataset.evaluate`; empty where the
            test set has no labels.
        headline: name of the score by which runs are compared.
        boxes_from: where the boxes come from.
        boxes: how many were answered.
        keypoints: the joints.
        errors: see `analyze_errors`; None where the data set has no OKS.
        curves: see `score_curves`; empty without scores.
        beside: answers beside the labels of their people; None without labels.
    """

    scores: Mapping[str, float]
    headline: str
    boxes_from: str
    boxes: int
    keypoints: KeypointSet
    errors: Mapping[str, Any] | None
    curves: Mapping[str, Any]
    beside: BesideLabels | None


def measure(cfg: Mapping[str, Any], results_file: str | os.PathLike) -> Measurement:
    """Measure the results of tools/test.py --out.

    Args:
        cfg: the config that was tested.
        results_file: the file.

    Raises:
        FileNotFoundError: the file, or data that the config names, do not exist.
        KeyError, ValueError: the results are none, or of another data set.
    """
    results = load_json(results_file, "result file")
    if not isinstance(results, list) or not all(isinstance(batch, dict) for batch in results):
        raise ValueError(f"{results_file} holds no results of tools/test.py --out")
    # Pictures that are gone cost their pictures in the report, and nothing else.
    dataset = build_dataset(cfg["data"]["test"], {"test_mode": True, "skip_bad_images": True})
    with tempfile.TemporaryDirectory() as folder:
        scores = fractions(dataset.evaluate(results, res_folder=folder))
    judged = bool(scores) and isinstance(dataset, TopDownCocoDataset)
    return Measurement(
        scores=scores,
        headline=dataset.key_indicator,
        boxes_from=dataset.boxes_from,
        boxes=sum(len(batch["bbox_ids"]) for batch in results),
        keypoints=dataset.keypoints,
        errors=analyze_errors(dataset, results) if judged else None,
        curves=score_curves(dataset, results) if scores else {},
        beside=dataset.beside_labels(results) if scores else None,
    )


def fractions(scores: Mapping[str, float]) -> dict[str, float]:
    """Scores with percentages (PCKh's table) as fractions."""
    factor = 1 / PERCENT if "PCKh" in scores else 1
    return {
        name: value * factor for name, value in scores.items() if isinstance(value, (int, float))
    }
