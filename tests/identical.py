"""Equality of nested values that hold tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch


def identical(one: Any, other: Any) -> bool:
    """Whether two values are equal to the last bit: tensors, and mappings and sequences of such."""
    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one, other)
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(identical(one[k], other[k]) for k in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    return one == other
