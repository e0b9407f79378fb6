"""Which answers are worth a look."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import BesideLabels, choose_examples


def beside(values, images=None, labelled=None, higher_is_better=True) -> BesideLabels:
    size = len(values)
    labels = np.ones((size, 6, 3))
    for row, count in enumerate(labelled or []):
        labels[row, count:, 2] = 0
    return BesideLabels(
        measure="OKS",
        higher_is_better=higher_is_better,
        values=np.array(values, dtype=float),
        poses=labels,
        labels=labels,
        images=images or list(range(size)),
        bbox_ids=np.arange(size),
    )


@pytest.mark.parametrize("higher_is_better", [True, False])
def test_ranks(higher_is_better):
    values = [0.5, 0.9, 0.1, 0.7, 0.3, 0.8, 0.2, 0.6, 0.4]
    chosen = choose_examples(beside(values, higher_is_better=higher_is_better), 2)
    low, high = ([values[row] for row in chosen[r]] for r in ("worst", "best"))
    if not higher_is_better:
        low, high = high, low
    assert high == [0.9, 0.8] and low == [0.1, 0.2]
    assert values[chosen["median"][0]] == 0.5
    assert list(chosen) == ["best", "median", "worst"]


@pytest.mark.parametrize(("people", "counts"), [(1, 1), (2, 2), (4, 4), (5, 5), (9, 9), (50, 9)])
def test_nobody_twice(people, counts):
    chosen = choose_examples(beside(np.linspace(0, 1, people)), 3)
    rows = [row for rank in chosen.values() for row in rank]
    assert len(set(rows)) == len(rows) == counts


def test_a_picture_once_in_a_rank_while_there_are_others():
    values = np.arange(12) / 12
    chosen = choose_examples(beside(values, images=["a"] * 3 + list("bcdefghij")), 2)
    assert chosen["worst"] == [0, 3]
    assert choose_examples(beside(values, images=["a"] * 12), 2)["worst"] == [0, 1]


def test_people_of_whom_little_is_labelled_come_only_if_there_are_no_others():
    values = np.arange(6) / 6
    chosen = choose_examples(beside(values, labelled=[1, 6, 6, 2, 6, 1]), 2)
    assert (chosen["worst"], chosen["best"], chosen["median"]) == ([1, 2], [4, 3], [])
    chosen = choose_examples(beside(values, labelled=[1] * 6), 1)
    assert (chosen["worst"], chosen["best"]) == ([0], [5])
