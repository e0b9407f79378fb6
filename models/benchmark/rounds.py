"""A section's measurement: every side set up and warm, checked, then run in turns.

Sides take turns within each round (A, B, C, A, B, C, …), one process computing at a time, so that
whatever else happens on the machine happens to all.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.benchmark.agreement import compare_all
from models.benchmark.process import SideFailed, SideProcess
from models.benchmark.section import Section
from models.benchmark.side import Side
from models.benchmark.statistics import ratio, spread

LEAST_ROUNDS = 3


@dataclass(frozen=True)
class Pace:
    """How long to measure.

    Attributes:
        rounds: of each side and case.
        seconds: of each side and case, in all rounds together. Where a single call takes longer
            than a round should, rounds end when a side has used three times as much, but not
            before the third.
        warm_up: seconds of each side and case before.
        together: set sides up at the same time; for trials, whose times mean nothing.
    """

    rounds: int
    seconds: float
    warm_up: float = 1.0
    together: bool = False


def turns(cases: Mapping[str, Sequence[str]], rounds: int) -> Iterator[tuple[str, int, str]]:
    """The order of a measurement: (case, round, side).

    Args:
        cases: side → names of its cases.
        rounds: of each case.
    """
    names = list(dict.fromkeys(case for each in cases.values() for case in each))
    for case in names:
        for i in range(rounds):
            for side, own in cases.items():
                if case in own:
                    yield case, i, side


def measure(
    section: Section, sides: Sequence[Side], pace: Pace, threads: int, folder: Path, bar: tqdm
) -> dict[str, Any]:
    """Run a section.

    Args:
        section: what it is.
        sides: who takes part; a side that fails or disagrees is reported, and the others go on.
        pace: for how long.
        threads: of a side, where the section has no number of its own.
        folder: for what the sides leave behind.
        bar: shows what is going on; its total is set here.

    Returns:
        Plain values: `reference` (a side's name, or None), `sides`: name → status ('measured',
        'missing', 'failed', 'disagrees'), reason, ready_s, warm_up, note, agreement; `cases`:
        case → side → rounds (by number), median, low, high, ratio (of the reference to it).
    """
    folder.mkdir(parents=True, exist_ok=True)
    threads = section.threads or threads
    facts: dict[str, dict[str, Any]] = {
        side.name: {"status": "missing", "reason": side.missing} for side in sides
    }
    present = [side for side in sides if side.missing is None]
    bar.reset(total=len(present))
    with contextlib.ExitStack() as stack:
        processes = _set_up(present, facts, pace, threads, folder, bar, stack)
        reference = next((name for name in section.references if name in processes), None)
        _check(section, reference, processes, facts)
        rounds = _run(processes, facts, pace, bar)
    return {
        "title": section.title,
        "unit": section.unit,
        "note": section.note,
        "threads": threads,
        "reference": reference,
        "sides": facts,
        "cases": {case: _summary(each, reference) for case, each in rounds.items()},
    }


def _set_up(
    sides: Sequence[Side],
    facts: dict[str, dict[str, Any]],
    pace: Pace,
    threads: int,
    folder: Path,
    bar: tqdm,
    stack: contextlib.ExitStack,
) -> dict[str, SideProcess]:
    """Start the sides, one after the other unless the pace says otherwise; who is ready."""

    def begin(side: Side) -> SideProcess:
        return stack.enter_context(SideProcess(side, threads, pace.warm_up, folder))

    started = {side.name: begin(side) for side in sides} if pace.together else {}
    ready = {}
    for side in sides:
        _say(bar, f"setting up {side.name}")
        process = started.get(side.name) or begin(side)
        try:
            facts[side.name] = {"status": "measured", **process.ready()}
            ready[side.name] = process
        except SideFailed as error:
            facts[side.name] = {"status": "failed", "reason": str(error)}
        bar.update()
    return ready


def _check(
    section: Section,
    reference: str | None,
    processes: Mapping[str, SideProcess],
    facts: dict[str, dict[str, Any]],
) -> None:
    """Compare the answers; a side that disagrees is not measured: it does not do the work."""
    if reference is None:
        return
    expected = processes[reference].answers()
    for name, process in processes.items():
        found = compare_all(expected, process.answers(), section.tolerances)
        facts[name]["agreement"] = {key: each.difference for key, each in found.items()}
        wrong = [key for key, each in found.items() if not each.fine]
        if wrong:
            facts[name]["status"] = "disagrees"
            facts[name]["reason"] = "; ".join(
                f"{key} differs from {reference}'s by {found[key].difference:.2g}, allowed is "
                f"{section.tolerances[key].most:g}"
                for key in wrong
            )


def _run(
    processes: Mapping[str, SideProcess],
    facts: dict[str, dict[str, Any]],
    pace: Pace,
    bar: tqdm,
) -> dict[str, dict[str, dict[int, float]]]:
    """case → side → round → seconds a unit (or bytes); parts of a case are cases of their own."""
    cases = {name: facts[name]["cases"] for name in processes}
    found: dict[str, dict[str, dict[int, float]]] = {}
    used: dict[tuple[str, str], float] = {}
    order = list(turns(cases, pace.rounds))
    bar.total = bar.n + len(order)
    for case, i, side in order:
        bar.update()
        slowest = max((seconds for (_, of), seconds in used.items() if of == case), default=0)
        late = i >= LEAST_ROUNDS and slowest > 3 * pace.seconds
        if facts[side]["status"] != "measured" or (late and i not in _started(found, case)):
            continue
        _say(bar, f"{case}, {side}")
        try:
            reply = processes[side].run(case, pace.seconds / pace.rounds)
        except SideFailed as error:
            facts[side].update(status="failed", reason=str(error))
            continue
        used[side, case] = used.get((side, case), 0) + reply["seconds"]
        named = {case: reply["per_unit"]}
        named |= {f"{case}, {part}": value for part, value in reply["parts"].items()}
        for name, value in named.items():
            found.setdefault(name, {}).setdefault(side, {})[i] = value
    return found


def _say(bar: tqdm, text: str) -> None:
    """Show what goes on: at once in a terminal, with the next line in a log file."""
    bar.set_postfix_str(text, refresh=sys.stderr.isatty())


def _started(found: Mapping[str, Mapping[str, Mapping[int, float]]], case: str) -> set[int]:
    """Rounds of a case that some side has run: these are finished by all."""
    return {i for rounds in found.get(case, {}).values() for i in rounds}


def _summary(
    sides: Mapping[str, Mapping[int, float]], reference: str | None
) -> dict[str, dict[str, Any]]:
    summary = {}
    for name, rounds in sides.items():
        middle = spread(list(rounds.values()))
        times = ratio(sides[reference], rounds) if reference in sides else None
        summary[name] = {
            **middle._asdict(),
            "ratio": times._asdict() if times else None,
            "rounds": {str(i): value for i, value in rounds.items()},
        }
    return summary
