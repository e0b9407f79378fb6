"""Two sides did the same work, or did not."""

from __future__ import annotations

import numpy as np
import pytest

from models.benchmark.agreement import Tolerance, compare, compare_all

REFERENCE = np.array([[10.0, -20.0], [1.0, 0.0]])


@pytest.mark.parametrize(
    ("change", "tolerance", "difference", "fine"),
    [
        (0.02, Tolerance(1e-3), 1e-3, True),  # of 20, the greatest magnitude
        (0.022, Tolerance(1e-3), 1.1e-3, False),
        (0.02, Tolerance(1e-3, absolute=True), 0.02, False),
        (0.0, Tolerance(0.0, absolute=True), 0.0, True),
        (1e-12, Tolerance(0.0, absolute=True), 1e-12, False),
        (5.0, Tolerance(1e-3, share=0.25), 0.0, True),  # one number of four may differ
        (5.0, Tolerance(1e-3, share=0.24), 0.25, False),
        (np.nan, Tolerance(1e-3), np.inf, False),
    ],
)
def test_compare(change, tolerance, difference, fine):
    answer = REFERENCE.copy()
    answer[1, 1] += change
    found = compare(REFERENCE, answer, tolerance)
    assert found.difference == pytest.approx(difference)
    assert found.fine is fine


def test_another_shape_never_agrees():
    assert not compare(REFERENCE, REFERENCE[:1], Tolerance(9.0, share=1.0)).fine


def test_only_what_both_answer_and_the_section_names():
    zero = np.zeros(1)
    found = compare_all({"a": zero, "b": zero}, {"a": zero, "c": zero}, {"a": Tolerance(0.0)})
    assert set(found) == {"a"}
