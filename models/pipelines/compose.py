"""A pipeline: steps, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.builder import build_pipeline_step
from models.pipelines.fusion import Step, fuse, tail_for_batches
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

        count = len(tail_for_batches(self.runs)) if fused else 0
        self._head = self.runs[: len(self.runs) - count]
        self._tail = self.runs[len(self.runs) - count :]

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Put a sample through all steps; the one given keeps its keys (arrays may be shared)."""
        return self.finish([self.begin(sample)])[0]

    def begin(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Put a sample through the steps that go one by one; all that draw are among them."""
        sample = Sample(sample)
        for step in self._head:
            sample = step(sample)
        return sample

    def finish(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put the samples of a batch through the other steps."""
        for step in self._tail:
            if hasattr(step, "batch"):
                step.batch(samples)
            else:
                samples = [step(sample) for sample in samples]
        return samples

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(_name, self.runs))})"


def _name(step: Step) -> str:
    parts = getattr(step, "stands_for", ())  # of a fused step
    inside = f"({', '.join(map(_name, parts))})" if parts else ""
    return type(step).__name__ + inside
