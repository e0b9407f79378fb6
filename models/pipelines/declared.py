"""What a step says of itself beyond `__call__`, for others to make use of.

A step is a callable on a sample. It may offer more, all of it optional:

- `merged_with(step)`: one step that does the work of both, or None. Asked with the next one.
- `batch(samples)`: its work on all samples of a batch, changed in place or returned. A step that
  offers it draws no random numbers, so that it can wait until the batch is together.
- `described()`: what it does, as keyword arguments of `Preprocessor` (see `described_steps`); None
  where those do not do.
- `with_album(album)`: the same step, taking images from an album.

An offer is for the `__call__` that it stands beside: a subclass with a `__call__` of its own is
another step, whose offers are its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]


def offer(step: Step, name: str) -> Any:
    """What a step offers under a name; None where it does not."""
    for kind in type(step).__mro__:
        if name in vars(kind):
            return getattr(step, name)
        if "__call__" in vars(kind):
            return None
    return None


def step_name(step: Step) -> str:
    """What a step is called in messages."""
    return getattr(step, "__qualname__", type(step).__name__)
