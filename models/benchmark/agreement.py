"""Whether two sides did the same work: their answers, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tolerance:
    """How far two answers may lie apart.

    Attributes:
        most: greatest difference, as a share of the reference's greatest magnitude.
        absolute: `most` is in the answer's own unit instead.
        share: part of the numbers that may differ by more: where the best of many is chosen
            (a heatmap's peak), rounding decides between equals.
    """

    most: float
    absolute: bool = False
    share: float = 0.0


@dataclass(frozen=True)
class Agreement:
    """The outcome: `difference`, in the unit of the tolerance, and whether it is `fine`."""

    difference: float
    fine: bool


def compare(reference: np.ndarray, answer: np.ndarray, tolerance: Tolerance) -> Agreement:
    """Compare one answer of a side with the reference's.

    NaN and another shape never agree. With a `share`, `difference` is that of the worst number
    among those that must agree.
    """
    if reference.shape != answer.shape:
        return Agreement(float("inf"), False)
    reference, answer = reference.astype(np.float64), answer.astype(np.float64)
    apart = np.sort(np.abs(answer - reference).ravel())
    if not apart.size:
        return Agreement(0.0, True)
    if not np.isfinite(apart).all():
        return Agreement(float("inf"), False)
    must = max(1, int(np.ceil(apart.size * (1 - tolerance.share))))
    scale = 1.0 if tolerance.absolute else float(np.abs(reference).max()) or 1.0
    difference = float(apart[must - 1]) / scale
    return Agreement(difference, difference <= tolerance.most)


def compare_all(
    reference: Mapping[str, np.ndarray],
    answers: Mapping[str, np.ndarray],
    tolerances: Mapping[str, Tolerance],
) -> dict[str, Agreement]:
    """`compare` for every answer that both sides give and the section has a tolerance for."""
    return {
        name: compare(reference[name], answers[name], tolerance)
        for name, tolerance in tolerances.items()
        if name in reference and name in answers
    }
