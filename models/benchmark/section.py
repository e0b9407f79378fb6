"""What a section of the benchmark is: what it counts, who is the reference, what must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from models.benchmark.agreement import Tolerance

#: unit in tables → factor on the measured seconds a unit; None: its inverse (units a second)
UNITS: Mapping[str, float | None] = {
    "ms": 1e3,
    "s": 1.0,
    "samples/s": None,
    "boxes/s": None,
    "MiB": 1 / 2**20,
}


@dataclass(frozen=True)
class Section:
    """A part of the benchmark.

    Attributes:
        name: on the command line.
        title: in the report.
        unit: one of `UNITS`.
        references: names of sides; the first one that is measured is what others are divided into
            and must agree with.
        tolerances: answer → how far from the reference's.
        threads: of each side; None for the run's.
        note: what a reader must know of how it is measured.
    """

    name: str
    title: str
    unit: str
    references: tuple[str, ...]
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    threads: int | None = None
    note: str = ""


def shown(value: float, unit: str) -> float:
    """A measured value (seconds a unit, or bytes) in the unit of a table."""
    factor = UNITS[unit]
    return 1 / value if factor is None else value * factor
