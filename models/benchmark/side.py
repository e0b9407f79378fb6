"""A side of a comparison: what runs in one process, as its parent asks for it and as it answers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Side:
    """One competitor of a section.

    Attributes:
        name: in tables.
        function: `module:function` that sets it up in its own process; it is called with `options`
            and returns a `Setup`.
        options: plain values, which travel as json.
        python: the interpreter of its process.
        missing: why it cannot be measured here; None where it can.
    """

    name: str
    function: str
    options: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable
    missing: str | None = None


@dataclass(frozen=True)
class Case:
    """Something to be repeated and measured.

    Attributes:
        call: the work. It may answer with named parts of itself, each a pair of marks of the
            section's `Clock`; with `is_value`, with the number that is the measurement.
        units: pictures, boxes or samples that one call deals with.
        prepare: run before each call, outside the measurement.
        is_value: the answer of `call`, not its time, is what is measured (bytes).
    """

    call: Callable[[], Any]
    units: float = 1
    prepare: Callable[[], Any] | None = None
    is_value: bool = False


@dataclass(frozen=True)
class Setup:
    """A side that is ready.

    Attributes:
        cases: name → what can be measured; equal names of two sides mean equal work.
        answers: name → numbers that all sides of the section must agree on.
        note: said beside the side's name in the report.
        clock: see `Clock`; by default of the CPU.
    """

    cases: Mapping[str, Case]
    answers: Mapping[str, np.ndarray] = field(default_factory=dict)
    note: str = ""
    clock: Clock = field(default_factory=lambda: Clock())


class Clock:
    """Moments of a device; on the CPU, of the wall.

    On a GPU work is queued: a mark is an event in the queue, and its time is known when the queue
    has been worked off. So a training loop is measured as it runs, without waiting in between.

    Args:
        device: "cpu" or a name of a CUDA device.
    """

    def __init__(self, device: str = "cpu") -> None:
        self._cuda = None
        if device.startswith("cuda"):
            import torch

            self._cuda = torch.cuda

    def mark(self) -> Any:
        """Now."""
        if self._cuda is None:
            import time

            return time.perf_counter()
        event = self._cuda.Event(enable_timing=True)
        event.record()
        return event

    def seconds(self, start: Any, end: Any) -> float:
        """Seconds between two marks; call `synchronize` first."""
        return end - start if self._cuda is None else start.elapsed_time(end) / 1000

    def synchronize(self) -> None:
        """Wait until the device has done all it was given."""
        if self._cuda is not None:
            self._cuda.synchronize()
