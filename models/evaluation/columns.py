"""Columns of a list of dicts: what json holds by rows, as the arrays that one computes with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np


def lacking(records: Iterable[Mapping[str, Any]], keys: Iterable[str]) -> tuple[int, str] | None:
    """The first record that lacks one of the keys, and the key; None where all have all."""
    keys = tuple(keys)
    needed = set(keys)
    for row, record in enumerate(records):
        if not needed <= record.keys():
            return row, next(key for key in keys if key not in record)
    return None


def other_length(rows: Sequence[Sequence], length: int) -> int | None:
    """Index of the first row that does not have `length` entries; None where all have."""
    lengths = np.fromiter(map(len, rows), np.int64, len(rows))
    wrong = lengths != length
    return int(np.argmax(wrong)) if wrong.any() else None


def table(rows: Sequence[Sequence[float]], width: int) -> np.ndarray:
    """Rows of `width` numbers each as an array (N, width) float64.

    Filled from one stream of numbers, which takes half the time that NumPy needs to find out the
    shape of nested lists.
    """
    numbers = np.fromiter(chain.from_iterable(rows), np.float64, len(rows) * width)
    return numbers.reshape(len(rows), width)
