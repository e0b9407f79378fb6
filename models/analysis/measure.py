"""What the results of a test run say: scores, kinds of errors, curves, the worst cases."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.analysis.curves import curves_of
from models.analysis.errors import errors_of
from models.analysis.results import load_results, tested_dataset
from models.analysis.scores import fractions
from models.builder import build_visualizer
from models.datasets import EvaluatedDataset
from models.datasets.contract import metric_options
from models.evaluation import Compared
from models.visualization import Visualizer


@dataclass(frozen=True, eq=False)
class Measurement:
    """A test run, measured. What the data set's task does not offer is empty or None.

    Attributes:
        scores: as fractions where they are shares of something, in the order of `evaluate`; empty
            where the test set has no labels.
        headline: name of the score by which runs are compared.
        highlights: further scores to show beside it.
        samples: how many were predicted, and where they come from, in words.
        samples_kind: where they come from in a word or two; None where there is one kind only.
        errors: see `analyze_errors`.
        curves: see `score_curves`.
        compared: predictions beside their ground truth.
        visualizer: draws those.
        lacks: why there are no errors and curves, where the data set could not tell.
    """

    scores: Mapping[str, float]
    headline: str
    highlights: tuple[str, ...]
    samples: str
    samples_kind: str | None
    errors: Mapping[str, Any] | None
    curves: Mapping[str, Any]
    compared: Compared | None
    visualizer: Visualizer | None
    lacks: str | None = None


def measure(cfg: Mapping[str, Any], results_file: str | os.PathLike) -> Measurement:
    """Measure the results of tools/test.py --out, by the metrics of the config's `evaluation`.

    Args:
        cfg: the config that was tested.
        results_file: the file.

    Raises:
        FileNotFoundError: the file, or data that the config names, do not exist.
        KeyError, ValueError: the results are none, or of another data set.
    """
    results = load_results(results_file)
    dataset = tested_dataset(cfg)
    asked, options = metric_options(cfg.get("evaluation") or {})
    with tempfile.TemporaryDirectory() as folder:
        scores = dataset.evaluate(results, res_folder=folder, metric=asked, **options)
    metrics = list(dataset.metric_types(asked).values())
    compared, lacks = _compared(dataset, results) if scores else (None, None)
    visualizer = None
    if scores and dataset.visualizer:
        visualizer = build_visualizer(dataset.visualizer, dataset)
    return Measurement(
        scores=fractions(scores, metrics),
        headline=metrics[0].key,
        highlights=metrics[0].highlights,
        samples=dataset.samples_text(dataset.samples_in(results)),
        samples_kind=dataset.samples_kind,
        errors=errors_of(compared, dataset),
        curves=curves_of(compared, dataset),
        compared=visualizer.compare(results) if visualizer else None,
        visualizer=visualizer,
        lacks=lacks,
    )


def _compared(dataset: EvaluatedDataset, results: Any) -> tuple[Any, str | None]:
    """The comparison of a data set, and why there is none."""
    try:
        return dataset.compare(results), None
    except ValueError as error:
        return None, f"No errors and curves: {error}"
