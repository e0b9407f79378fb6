"""A pipeline: steps, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import takewhile
from typing import Any

import numpy as np

from models.builder import build_pipeline_step
from models.pipelines.declared import Step, offer, step_name
from models.pipelines.picture import Album, OnlyCropsError
from models.pipelines.sample import Sample


class Compose:
    """Run steps in order on one sample.

    What costs less together is done together, with the same bits: steps that offer it are merged,
    and the last steps, if they offer it, are done to a whole batch; see `declared.py`.

    Args:
        steps: each a config of a registered step, or any callable on the sample's dict.
        album: where images come from, if not from their files one by one.

    Attributes:
        steps: as given.
        runs: what is run.

    Raises:
        KeyError: a step's type or argument is unknown.
        TypeError: a step is neither a config nor callable.
        ValueError: there is an album, and no step that would take an image from it.
    """

    def __init__(
        self, steps: Sequence[Mapping[str, Any] | Step], album: Album | None = None
    ) -> None:
        self.steps: list[Step] = [_built(step) for step in steps]
        runs = self.steps
        if album is not None:
            takers = [offer(step, "with_album") for step in runs]
            if not any(takers):
                raise ValueError(
                    "crop_cache needs a pipeline that begins with LoadImageFromFile; take it out"
                )
            runs = [take(album) if take else step for take, step in zip(takers, runs, strict=True)]
        self.runs: list[Step] = _merged(runs)
        count = len(self.runs)
        while count and offer(self.runs[count - 1], "batch"):
            count -= 1
        self._head, self._tail = self.runs[:count], self.runs[count:]

    def __call__(
        self, sample: Mapping[str, Any], rng: np.random.RandomState | None = None
    ) -> dict[str, Any]:
        """Put a sample through all steps; the one given keeps its keys (arrays may be shared).

        Args:
            sample: keys and values, see `models.pipelines`.
            rng: what the steps draw from, see `rng_of`.

        Raises:
            OnlyCropsError: a step looks at a whole image of which only crops may be read; a
                ValueError that names the step.
        """
        return self.finish([self.begin(sample, rng)])[0]

    def begin(
        self, sample: Mapping[str, Any], rng: np.random.RandomState | None = None
    ) -> dict[str, Any]:
        """Put a sample through the steps that go one by one; all that draw are among them."""
        sample = Sample(sample)
        if rng is not None:
            sample.rng = rng
        for step in self._head:
            sample = _done(step, sample)
        image = sample.image
        if image is not None:  # an image that cannot be used shows here, not in the batch
            if image.crops_only is not None:
                raise OnlyCropsError(image.crops_only, "no step of the pipeline cuts one")
            sample.get("img")
        return sample

    def finish(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put the samples of a batch through the other steps."""
        for step in self._tail:
            samples = step.batch(samples) or samples
        return samples

    def until(self, stop: Callable[[Step], bool], sample: Mapping[str, Any]) -> dict[str, Any]:
        """A sample as it comes before the first step that `stop` is true of."""
        sample = Sample(sample)
        for step in takewhile(lambda step: not stop(step), self.runs):
            sample = _done(step, sample)
        return sample

    def __repr__(self) -> str:
        return f"Compose({', '.join(map(_name, self.runs))})"


def _built(step: Mapping[str, Any] | Step) -> Step:
    if isinstance(step, Mapping):
        step = build_pipeline_step(step)
    if not callable(step):
        raise TypeError(f"a pipeline step is a dict with 'type' or a callable, not {step!r}")
    return step


def _merged(steps: Sequence[Step]) -> list[Step]:
    merged: list[Step] = []
    for step in steps:
        merge = offer(merged[-1], "merged_with") if merged else None
        both = merge(step) if merge else None
        if both is None:
            merged.append(step)
        else:
            merged[-1] = both
    return merged


def _done(step: Step, sample: Sample) -> Sample:
    try:
        made = step(sample)
    except OnlyCropsError as error:
        raise OnlyCropsError(error.option, _looking(step)) from None
    except KeyError as error:
        # a plain dict into which a step has copied the sample lacks such an image
        image = sample.image
        if error.args != ("img",) or image is None or image.crops_only is None:
            raise
        raise OnlyCropsError(image.crops_only, _looking(step)) from None
    if made is sample:
        return sample
    if not isinstance(made, Mapping):
        raise TypeError(
            f"the pipeline step {step_name(step)} returned {type(made).__name__}; a step returns "
            "the sample"
        )
    return sample.followed_by(made)


def _looking(step: Step) -> str:
    return f"the step {step_name(step)} looks at the whole of it"


def _name(step: Step) -> str:
    parts = getattr(step, "stands_for", ())  # of a merged step
    inside = f"({', '.join(map(_name, parts))})" if parts else ""
    return step_name(step) + inside
