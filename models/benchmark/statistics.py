"""Rounds → a median and its spread; two sides' rounds → how many times one is as fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np


class Spread(NamedTuple):
    """A median and the quartiles around it."""

    median: float
    low: float
    high: float


def spread(values: Sequence[float]) -> Spread:
    """Median and quartiles (linear interpolation between values).

    Raises:
        ValueError: no values.
    """
    if not len(values):
        raise ValueError("no rounds were measured, so there is no median")
    low, median, high = np.percentile(np.asarray(values, dtype=np.float64), [25, 50, 75])
    return Spread(float(median), float(low), float(high))


def ratio(reference: Mapping[int, float], side: Mapping[int, float]) -> Spread | None:
    """Reference ÷ side, round by round: above 1 where the side needs less.

    Rounds of the two lie side by side in time, so that what slows a machine for a while slows
    both, and the median of the ratios is steadier than the ratio of the medians.

    Args:
        reference: round → time (or bytes) a unit.
        side: likewise; rounds that only one of them has do not count.

    Returns:
        None where no round has both.
    """
    both = sorted(set(reference) & set(side))
    return spread([reference[i] / side[i] for i in both]) if both else None
