"""A pipeline: steps, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.builder import build_pipeline_step
from models.pipelines.fusion import Step, fuse
from models.pipelines.picture import Album
from models.pipelines.sample import Sample


class Compose:
    """Run steps in order on one sample.

    Args:
        steps: each a config of a registered step, or any callable on the sample's dict.
        fused: whether sequences of steps that cost less together are run together, see
            `fusion.py`. What comes out is the same, bit for bit.
        album: where pictures come from, if not from their files one by one.

    Attributes:
        steps: as given.
        runs: what is run.

    Raises:
        KeyError: a step's type or argument is unknown.
        TypeError: a step is neither a config nor callable.
        ValueError: a step cannot stand where it does, or the steps do not ask an album.
    """

    def __init__(
        self,
        steps: Sequence[Mapping[str, Any] | Step],
        fused: bool = True,
        album: Album | None = None,
    ) -> None:
        self.steps: list[Step] = []
        for step in steps:
            if isinstance(step, Mapping):
                step = build_pipeline_step(step)
            if not callable(step):
                raise TypeError(
                    f"a pipeline step is a dict with 'type' or a callable, not {step!r}"
                )
            self.steps.append(step)
        self.runs: list[Step] = fuse(self.steps, album) if fused else self.steps

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Put a sample through all steps; the one given keeps its keys (arrays may be shared)."""
        sample = Sample(sample)
        for step in self.runs:
            sample = step(sample)
        return sample

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(_name, self.runs))})"


def _name(step: Step) -> str:
    parts = getattr(step, "stands_for", ())  # of a fused step
    inside = f"({', '.join(map(_name, parts))})" if parts else ""
    return type(step).__name__ + inside
