"""Where the OKS of a test run is lost: per joint and kind of error, and what AP each kind costs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import singledispatch
from typing import Any

import numpy as np

from models.datasets import EvaluatedDataset
from models.evaluation import OksComparison
from models.evaluation.coco_errors import (
    ERRORS,
    KINDS,
    JointErrors,
    corrected_poses,
    joint_errors,
)
from models.evaluation.keypoint_eval import (
    AREAS,
    Finds,
    evaluate_keypoints,
    find_persons,
    mean_of_present,
)

FOUND = 0.1
"""Least OKS of a pose with the person it has found. Below .5 it scores nothing, but tells most."""

ORDER = ("miss", "swap", "inversion", "jitter")
"""Order of the progressive correction: the coarsest error first."""


def analyze_errors(
    dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """The errors of a test run; see `models.evaluation.coco_errors` for the kinds.

    Poses find persons by COCO's rule at OKS `FOUND`, from the best score of an image down. AP
    without a kind of error is that of the same poses, scores and suppression, with the joints of
    persons found put where `corrected_poses` says; COCO's evaluation matches them anew.

    Args:
        dataset: that was tested.
        results: as tools/test.py --out writes them.

    Returns:
        Plain values:
        - `joints`: name → `labelled` joints of persons found and how many of them are `good`,
          `jitter`, `inversion`, `swap`, `miss`; `oks_loss` by kind of error, a mean over persons
          found, and `oks_loss_good`, what good joints lack to 1; `of_missed`, labelled joints of
          persons not found.
        - `all`: the sums of these over joints. Its losses add up to 1 − mean OKS.
        - `ap`: `now`, and `without_<kind>`, that kind alone corrected.
        - `ap_progressive`: `now`, then kinds corrected one upon the other, in this order.
        - `people`: `matched` and `missed` persons; poses that are `false`, of these `doubles`, near
          a person whom a better pose has found; and `not_judged` poses, in crowds or on people
          without labelled joints.
        - `oks`: `found_from` (`FOUND`) and `mean` OKS of persons found, None without any.

    Raises:
        ValueError: the data set is not compared by OKS, or labels nobody with joints; or as
            `dataset.compare`.
    """
    return errors_of(oks_comparison(dataset, results), dataset)


@singledispatch
def errors_of(compared: Any, dataset: EvaluatedDataset) -> dict[str, Any] | None:
    """What `analyze_errors` tells of a comparison; None for a kind that offers no errors.

    Args:
        compared: from the data set's `compare`.
        dataset: that was tested.
    """
    return None


@errors_of.register(OksComparison)
def _oks_errors(compared: OksComparison, dataset: Any) -> dict[str, Any]:
    finds = find_persons(compared.answers, compared.labels, compared.sigmas, np.array([FOUND]))
    people = _people(finds)
    if not people["matched"] + people["missed"]:
        raise ValueError(
            f"{dataset.ann_file} labels nobody with joints; there is nothing to analyze"
        )
    rows, label = _matches(finds)
    errors = joint_errors(
        compared.answers.keypoints[rows],
        label,
        compared.labels,
        dataset.keypoints.flip_index,
        compared.sigmas,
    )
    missed = finds.judged[:, 0].copy()
    missed[label] = False
    of_missed = (compared.labels.keypoints[missed, :, 2] > 0).sum(axis=0)
    columns = _columns(errors, of_missed)
    names = dataset.keypoints.names

    def ap_without(kinds: Collection[str]) -> float:
        return _ap(compared, rows, label, errors, kinds)

    now = ap_without(())
    steps = {kind: ap_without(ORDER[: i + 1]) for i, kind in enumerate(ORDER)}
    loss = errors.loss.sum()
    return {
        "joints": {
            name: _told({key: column[i] for key, column in columns.items()})
            for i, name in enumerate(names)
        },
        "all": _told({key: column.sum() for key, column in columns.items()}),
        "ap": {"now": now, **{f"without_{kind}": ap_without([kind]) for kind in ERRORS}},
        "ap_progressive": {"now": now, **steps},
        "people": people,
        "oks": {"found_from": FOUND, "mean": float(1 - loss / len(rows)) if len(rows) else None},
    }


def oks_comparison(
    dataset: EvaluatedDataset, results: Iterable[Mapping[str, Any]]
) -> OksComparison:
    """What a data set compares by OKS.

    Raises:
        ValueError: it compares otherwise; or as `dataset.compare`.
    """
    compared = dataset.compare(results)
    if not isinstance(compared, OksComparison):
        raise ValueError(
            f"{type(dataset).__name__} is not scored by OKS but by {dataset.key_indicator}, for "
            "which precision, recall and these errors are not defined"
        )
    return compared


def _matches(finds: Finds) -> tuple[np.ndarray, np.ndarray]:
    """The poses that have found a person who is to be found, index (M,) among all answers; and
    that person (M,)."""
    found = finds.found[:, 0, 0]
    hit = (found >= 0) & ~finds.unjudged[:, 0, 0]
    return finds.order[hit], found[hit]


def _people(finds: Finds) -> dict[str, int]:
    found, unjudged = finds.found[:, 0, 0], finds.unjudged[:, 0, 0]
    matched = int(((found >= 0) & ~unjudged).sum())
    return {
        "matched": matched,
        "missed": int(finds.judged.sum()) - matched,
        "false": int((found < 0).sum()),
        "doubles": int(((found < 0) & finds.near).sum()),
        "not_judged": int(unjudged.sum()),
    }


def _columns(errors: JointErrors, of_missed: np.ndarray) -> dict[str, np.ndarray]:
    """What is told of a joint: (K,) each, as sums over the persons found and missed."""
    loss = errors.loss / max(len(errors.loss), 1)
    counts = {kind: errors.are(kind).sum(axis=0) for kind in KINDS}
    losses = {kind: np.where(errors.are(kind), loss, 0).sum(axis=0) for kind in KINDS}
    return {
        "labelled": (errors.kinds >= 0).sum(axis=0),
        **counts,
        **{f"loss {kind}": value for kind, value in losses.items()},
        "of_missed": of_missed,
    }


def _told(columns: Mapping[str, Any]) -> dict[str, Any]:
    """One joint's row, or all joints' sum."""
    return {
        "labelled": int(columns["labelled"]),
        **{kind: int(columns[kind]) for kind in KINDS},
        "oks_loss": {kind: float(columns[f"loss {kind}"]) for kind in ERRORS},
        "oks_loss_good": float(columns["loss good"]),
        "of_missed": int(columns["of_missed"]),
    }


def _ap(
    compared: OksComparison,
    rows: np.ndarray,
    label: np.ndarray,
    errors: JointErrors,
    kinds: Collection[str],
) -> float:
    """AP over OKS .5 … .95 with some kinds of errors corrected in the answers `rows`."""
    keypoints = compared.answers.keypoints.copy()
    keypoints[rows] = corrected_poses(
        keypoints[rows], errors, kinds, label, compared.labels, compared.sigmas
    )
    evaluation = evaluate_keypoints(
        replace(compared.answers, keypoints=keypoints),
        compared.labels,
        compared.cells,
        compared.sigmas,
        AREAS[:1],
    )
    return mean_of_present(evaluation.precision)
