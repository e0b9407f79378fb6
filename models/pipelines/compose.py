"""A pipeline: steps, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.builder import build_pipeline_step
from models.pipelines.sample import Sample

Step = Callable[[dict[str, Any]], dict[str, Any]]


class Compose:
    """Run steps in order on one sample.

    Args:
        steps: each a config of a registered step, or any callable on the sample's dict.

    Raises:
        KeyError: a step's type or argument is unknown.
        TypeError: a step is neither a config nor callable.
    """

    def __init__(self, steps: Sequence[Mapping[str, Any] | Step]) -> None:
        self.steps: list[Step] = []
        for step in steps:
            if isinstance(step, Mapping):
                step = build_pipeline_step(step)
            if not callable(step):
                raise TypeError(
                    f"a pipeline step is a dict with 'type' or a callable, not {step!r}"
                )
            self.steps.append(step)

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Put a sample through all steps; the one given keeps its keys (arrays may be shared)."""
        sample = Sample(sample)
        for step in self.steps:
            sample = step(sample)
        return sample

    def __repr__(self) -> str:
        return f"Compose({', '.join(type(step).__name__ for step in self.steps)})"
