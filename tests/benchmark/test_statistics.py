"""Medians and ratios of rounds typed by hand."""

from __future__ import annotations

import pytest

from models.benchmark.statistics import Spread, ratio, spread


def test_spread():
    assert spread([5.0, 1.0, 4.0, 2.0, 3.0]) == Spread(3.0, 2.0, 4.0)
    assert spread([1.0, 2.0]) == Spread(1.5, 1.25, 1.75)
    with pytest.raises(ValueError, match="no rounds"):
        spread([])


def test_ratio_is_of_rounds_that_lie_side_by_side():
    # The machine is three times as slow in round 2: the ratio of that round is that of the others.
    reference = {0: 4.0, 1: 4.4, 2: 12.0, 3: 4.0}
    side = {0: 2.0, 1: 2.0, 2: 6.0, 4: 0.1}
    assert ratio(reference, side) == pytest.approx(Spread(2.0, 2.0, 2.1))


def test_no_ratio_without_a_common_round():
    assert ratio({0: 1.0}, {1: 1.0}) is None
