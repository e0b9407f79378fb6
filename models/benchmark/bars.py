"""What the project promises: how many times as fast as whom, and whether this run shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.benchmark.peers import ORIGINAL
from models.benchmark.statistics import Spread, ratio

TORCH = ("ours:torch", "ours-train-form")
ON_GPU = ("ours", "ours:compiled", "ours:bf16", "ours:bf16-compiled")
EXPORTED = ("ours:onnxruntime", "ours:openvino")
#: bit for bit the same samples; bytes are normalised on the network's device
NO_CACHE = ("ours", "ours:grouped", "ours:grouped-bytes")
CACHED = ("ours:crop-cache", "ours:crop-cache-bytes", "ours:grouped-crop-cache-bytes")
READY_WITHIN = 60.0


@dataclass(frozen=True)
class Bar:
    """A promise.

    Attributes:
        what: in the table.
        section: of the benchmark.
        case: of that section.
        at_least: the least ratio, reference ÷ ours.
        ours: sides that may keep it; the best counts.
        reference: the side that they are measured against; `{engine}` stands for the engine of
            each of ours.
        device: where it is promised.
        ready_within: seconds from the start of the process that ours may take; None for any.
    """

    what: str
    section: str
    case: str
    at_least: float
    ours: Sequence[str] = ("ours",)
    reference: str = ORIGINAL
    device: str = "cpu"
    ready_within: float | None = None


def bars(train_batch: int) -> list[Bar]:
    """All promises, in the order of the table.

    Args:
        train_batch: batch size of the training step on the CPU.
    """
    inference = [
        bar
        for batch, torch, exported in ((1, 2.0, 6.0), (16, 1.6, 3.0))
        for bar in (
            Bar(
                f"inference in PyTorch, batch {batch}",
                *("inference", f"batch {batch}", torch, TORCH),
                ready_within=READY_WITHIN,
            ),
            Bar(
                f"inference, best exported engine, batch {batch}",
                *("inference", f"batch {batch}", exported, EXPORTED),
            ),
            Bar(
                f"… against a plain export in the same runtime, batch {batch}",
                *("inference", f"batch {batch}", 1.3, EXPORTED, "plain-{engine}"),
            ),
        )
    ]
    return [
        *sorted(inference, key=lambda bar: bar.what.startswith(("inference, ", "…"))),
        Bar("training step", "train", f"batch {train_batch}", 1.4, ("ours",)),
        Bar("pipeline, no cache", "pipeline", "batch 32", 3.0, NO_CACHE),
        Bar("pipeline, crop cache", "pipeline", "batch 32", 8.0, CACHED),
        Bar("decode, batch 64", "decode", "default", 10.0),
        Bar("test loop with flip, torch", "test", "all", 3.0, TORCH),
        Bar("test loop with flip, best engine", "test", "all", 7.0, EXPORTED),
        Bar(
            "COCO evaluation, identical statistics",
            *("evaluate", "all", 4.0, ("ours",), "xtcocotools"),
        ),
        Bar("peak memory of a training step", "memory", f"batch {train_batch}", 1.0),
        Bar("GPU inference, batch 1", "inference", "batch 1", 8.0, TORCH, device="cuda"),
        Bar("GPU training, batch 64", "train", "batch 64", 3.0, ON_GPU, device="cuda"),
        Bar("GPU training, batch 256", "train", "batch 256", 3.0, ON_GPU, device="cuda"),
    ]


@dataclass(frozen=True)
class Verdict:
    """A bar against a run.

    Attributes:
        bar: the promise.
        side: the best of ours; None where nothing could be compared.
        reference: what it was measured against.
        theirs: their measured seconds a unit (or bytes), and
        ours: ours.
        ratio: theirs ÷ ours, with quartiles.
        met: None where it was not measured.
        why: it was not measured, or is not met although it is fast enough.
    """

    bar: Bar
    side: str | None = None
    reference: str | None = None
    theirs: float | None = None
    ours: float | None = None
    ratio: Spread | None = None
    met: bool | None = None
    why: str = ""


def judge(bar: Bar, sections: Mapping[str, Any], device: str) -> Verdict:
    """Hold a run against a bar.

    Args:
        bar: the promise.
        sections: name → what `rounds.measure` answered.
        device: of the run.
    """
    if device != bar.device:
        return Verdict(bar, why=f"this run was on the {device.upper()}")
    if bar.section not in sections:
        return Verdict(bar, why=f"section {bar.section} was not run")
    section = sections[bar.section]
    case = section["cases"].get(bar.case)
    if case is None:
        return Verdict(bar, why=_why_no(section, [*bar.ours, bar.reference], bar.case))
    verdicts = [
        _compared(bar, section, case, name, bar.reference.format(engine=name.split(":")[-1]))
        for name in bar.ours
    ]
    measured = [verdict for verdict in verdicts if verdict.ratio is not None]
    if not measured:
        return verdicts[0]
    # one that is ready in time counts before a faster one that is not
    return max(measured, key=lambda verdict: (not verdict.why, verdict.ratio.median))


def _compared(bar: Bar, section: Any, case: Any, name: str, reference: str) -> Verdict:
    # A side that died or disagreed may have rounds, too.
    sides = [section["sides"].get(side, {}) for side in (name, reference)]
    if any(side.get("status") != "measured" for side in sides) or not {name, reference} <= set(
        case
    ):
        return Verdict(bar, why=_why_no(section, [name, reference], bar.case))
    rounds = [
        {int(i): value for i, value in case[side]["rounds"].items()} for side in (reference, name)
    ]
    times = ratio(*rounds)
    if times is None:
        return Verdict(bar, why=f"no round has both {name} and {reference}")
    why = ""
    if bar.ready_within and section["sides"][name]["ready_s"] > bar.ready_within:
        why = f"ready after {section['sides'][name]['ready_s']:.0f} s"
    return Verdict(
        bar,
        side=name,
        reference=reference,
        theirs=case[reference]["median"],
        ours=case[name]["median"],
        ratio=times,
        met=times.median >= bar.at_least and not why,
        why=why,
    )


def _why_no(section: Mapping[str, Any], names: Sequence[str], case: str) -> str:
    """The first reason that a side was not measured."""
    for name in names:
        facts = section["sides"].get(name)
        if facts is None:
            if "{" in name:
                continue
            return f"{name} is not built"
        if facts["status"] != "measured":
            return f"{name}: {(facts.get('reason') or facts['status']).splitlines()[0]}"
    return f"{case} was not run"
