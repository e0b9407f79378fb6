"""How a score came about: precision over recall, AP by size of the person, PCK over distance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import Any

import numpy as np

from models.analysis.errors import oks_comparison
from models.datasets import EvaluatedDataset
from models.evaluation import OksComparison, PckComparison, pck
from models.evaluation.keypoint_eval import (
    AREAS,
    RECALLS,
    evaluate_keypoints,
    mean_of_present,
)

SIDES = (0, 32, 64, 96, 128, 192, 256, 384)
"""Lower ends of the finer ranges of sizes, as the side in pixels of a square of a person's area."""

DISTANCES = np.arange(101) / 100
"""Thresholds of PCK, in units of what it measures by; MPII's published program takes these, too."""


def score_curves(dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """All curves that a data set offers.

    Args:
        dataset: that was tested.
        results: as tools/test.py --out writes them.

    Returns:
        `precision_recall` and `sizes` where poses are compared by OKS, `pck` where joints are
        compared by distance: what the functions of these names return.

    Raises:
        ValueError: as `dataset.compare`.
    """
    return curves_of(dataset.compare(results), dataset)


@singledispatch
def curves_of(compared: Any, dataset: EvaluatedDataset) -> dict[str, Any]:
    """The curves of a comparison; none for a kind that offers none.

    Args:
        compared: from the data set's `compare`.
        dataset: that was tested.
    """
    return {}


@curves_of.register(OksComparison)
def _oks_curves(compared: OksComparison, dataset: Any) -> dict[str, Any]:
    return {"precision_recall": _precision_recall(compared), "sizes": _sizes(compared)}


@curves_of.register(PckComparison)
def _distance_curves(compared: PckComparison, dataset: Any) -> dict[str, Any]:
    return {"pck": _pck_curves(compared, dataset.keypoints.names)}


def precision_recall(
    dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Precision at 101 recalls, as COCO's evaluation computes it, for people of all sizes.

    Returns:
        `recall` (101 numbers); `precision`: curve → 101 numbers, 0 beyond the recall reached;
        `ap`: curve → its mean, which is COCO's AP. Curves are '0.5', '0.75' and '0.5:0.95', the
        mean over ten OKS thresholds.

    Raises:
        ValueError: the data set is not compared by OKS, or labels nobody with joints.
    """
    return _precision_recall(oks_comparison(dataset, results))


def sizes(dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """AP and AR by size of the person: COCO's medium and large, then finer ranges (`SIDES`).

    A size is the side in pixels of the square that has the labelled area. As for COCO, people of
    other sizes do not count, nor poses of other sizes that have found nobody.

    Returns:
        a dict a range: `name`; sides `from` and `to` (None: no end); `people` to be found; `AP`
        and `AR` over OKS .5 … .95, None without people. COCO's ranges hold both their ends, the
        finer ones, named by their sides, only the lower, so that each person is in one.

    Raises:
        ValueError: the data set is not compared by OKS.
    """
    return _sizes(oks_comparison(dataset, results))


def pck_curves(dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Percentage of joints within each of `DISTANCES`.

    Returns:
        `thresholds` (101 numbers) and the `unit` they are in; `joints`: name → 101 percentages,
        None where a joint is labelled nowhere; `mean`: over the joints that are scored; `scores`:
        name → `threshold` and `value` of each mean that the data set reports.

    Raises:
        ValueError: the data set is not compared by distance.
    """
    compared = dataset.compare(results)
    if not isinstance(compared, PckComparison):
        raise ValueError(f"{type(dataset).__name__} is not scored by PCK")
    return _pck_curves(compared, dataset.keypoints.names)


def _precision_recall(compared: OksComparison) -> dict[str, Any]:
    evaluation = evaluate_keypoints(
        compared.answers, compared.labels, compared.cells, compared.sigmas, AREAS[:1]
    )
    precision = evaluation.precision[..., 0]
    if (precision == -1).all():
        raise ValueError("the annotation file labels nobody with joints; there is no recall")
    rows = {"0.5": slice(0, 1), "0.75": slice(5, 6), "0.5:0.95": slice(None)}
    return {
        "recall": RECALLS.tolist(),
        "precision": {
            name: precision[row].mean(axis=(0, 2)).tolist() for name, row in rows.items()
        },
        "ap": {name: mean_of_present(precision[row]) for name, row in rows.items()},
    }


def _sizes(compared: OksComparison) -> list[dict[str, Any]]:
    ranges = [("medium", 32, 96, AREAS[1]), ("large", 96, None, AREAS[2])]
    for low, high in zip(SIDES, (*SIDES[1:], None), strict=True):
        end = np.nextafter(high**2, 0) if high else AREAS[0, 1]
        ranges.append((f"{low}–{high}" if high else f"≥ {low}", low, high, (low**2, end)))
    areas = np.array([area for *_, area in ranges])
    evaluation = evaluate_keypoints(
        compared.answers, compared.labels, compared.cells, compared.sigmas, areas
    )
    size = compared.labels.areas[:, None]
    joints = (compared.labels.keypoints[:, :, 2] > 0).any(axis=1) & ~compared.labels.crowd
    people = (joints[:, None] & (size >= areas[:, 0]) & (size <= areas[:, 1])).sum(axis=0)
    return [
        {
            "name": name,
            "from": low,
            "to": high,
            "people": int(people[i]),
            "AP": mean_of_present(evaluation.precision[..., i]) if people[i] else None,
            "AR": mean_of_present(evaluation.recall[..., i]) if people[i] else None,
        }
        for i, (name, low, high, _) in enumerate(ranges)
    ]


def _pck_curves(compared: PckComparison, names: tuple[str, ...]) -> dict[str, Any]:
    within = [pck(compared.distances, compared.visible, t)[0] for t in DISTANCES]
    scored = compared.scored
    distances, visible = compared.distances[:, scored], compared.visible[:, scored]
    return {
        "unit": compared.unit,
        "thresholds": DISTANCES.tolist(),
        "joints": {
            name: None if np.isnan(curve).any() else curve.tolist()
            for name, curve in zip(names, np.transpose(within), strict=True)
        },
        "mean": [pck(distances, visible, t)[1] for t in DISTANCES],
        "scores": {
            name: {"threshold": t, "value": pck(distances, visible, t)[1]}
            for name, t in compared.thresholds.items()
        },
    }
