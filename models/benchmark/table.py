"""The report in Markdown: the bars, each section, the machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.benchmark.bars import Verdict
from models.benchmark.section import shown
from models.benchmark.statistics import Spread


def markdown(report: Mapping[str, Any], verdicts: Sequence[Verdict]) -> str:
    """The whole report.

    Args:
        report: `machine`, `sections`, `command`, `commit`, `date`, `settings`.
        verdicts: on the bars.
    """
    parts = ["# Benchmark", bars_block(report, verdicts)]
    for name, section in report["sections"].items():
        parts.append(f"## {section['title']} (`{name}`)")
        if section["note"]:
            parts.append(section["note"])
        parts.append(sides_table(section))
        parts += [case_table(case, section) for case in section["cases"]]
    parts += ["## Machine and run", run_facts(report)]
    return "\n\n".join(part for part in parts if part) + "\n"


def bars_block(report: Mapping[str, Any], verdicts: Sequence[Verdict]) -> str:
    """The table of the bars with a line on where it was measured, as a README shows it."""
    return bars_table(verdicts, report["sections"]) + "\n\n" + origin(report)


def bars_table(verdicts: Iterable[Verdict], sections: Mapping[str, Any]) -> str:
    """what | original-equivalent | ours | ratio (quartiles) | bar | met?"""
    rows = []
    for verdict in verdicts:
        bar = verdict.bar
        goal = f"≥ {bar.at_least:g}×"
        if verdict.ratio is None:
            rows.append([bar.what, "–", "–", "–", goal, f"not measured: {verdict.why}"])
            continue
        unit = sections[bar.section]["unit"]
        met = "yes" if verdict.met else "**no**"
        rows.append(
            [
                bar.what,
                f"{number(shown(verdict.theirs, unit))} {unit} (`{verdict.reference}`)",
                f"{number(shown(verdict.ours, unit))} {unit} (`{verdict.side}`)",
                times(verdict.ratio),
                goal,
                f"{met} ({verdict.why})" if verdict.why else met,
            ]
        )
    return table(["what", "original-equivalent", "ours", "ratio (quartiles)", "bar", "met"], rows)


def case_table(case: str, section: Mapping[str, Any]) -> str:
    """One case: every side's median, quartiles and ratio to the reference."""
    unit, reference = section["unit"], section["reference"]
    rows = []
    for side, facts in section["cases"][case].items():
        # of speeds, the low quartile of the times is the high one
        ends = sorted(shown(facts[key], unit) for key in ("low", "high"))
        against = Spread(**facts["ratio"]) if facts["ratio"] else None
        rows.append(
            [
                f"`{side}`",
                number(shown(facts["median"], unit)),
                "–".join(number(end) for end in ends),
                str(len(facts["rounds"])),
                "reference" if side == reference else times(against) if against else "–",
            ]
        )
    head = ["side", f"median, {unit}", "quartiles", "rounds", "times as good as the reference"]
    return f"**{case}**\n\n{table(head, rows)}"


def sides_table(section: Mapping[str, Any]) -> str:
    """Who took part: time until ready, agreement, or why not."""
    rows = []
    for name, facts in section["sides"].items():
        status = facts["status"]
        ready = f"{facts['ready_s']:.1f}" if "ready_s" in facts else "–"
        differences = facts.get("agreement", {}).items()
        agreement = ", ".join(f"{key} {value:.1g}" for key, value in differences) or "–"
        if status == "measured":
            said = facts.get("note") or ""
        else:
            what = {"missing": "not available"}.get(status, f"**{status}**")
            said = f"{what}: {_one_line(facts['reason'])}"
        rows.append([f"`{name}`", ready, agreement, said])
    return table(["side", "ready after, s", "differs from the reference by", ""], rows)


def run_facts(report: Mapping[str, Any]) -> str:
    """Where and how, as a list."""
    machine = report["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    facts = {
        "command": f"`{report['command']}`",
        "commit": report["commit"] or "unknown",
        "date": report["date"],
        "processor": f"{machine['cpu']}, {machine['cores']} cores ({', '.join(machine['simd'])})",
        "memory": f"{machine['memory_gib']} GiB",
        "GPU": "; ".join(machine["gpus"]) or "none",
        "CUDA": machine["cuda"] or "none",
        "system": machine["system"],
        "Python": machine["python"],
        "packages": packages,
        "threads a side": str(machine["threads"]),
        "load at the start": f"{machine['load_at_start']}"
        + (" (the machine was busy: do not trust the times)" if machine["busy"] else ""),
        **{key: str(value) for key, value in report["settings"].items()},
    }
    return "\n".join(f"- {key}: {value}" for key, value in facts.items())


def origin(report: Mapping[str, Any]) -> str:
    """One line on where a table comes from."""
    machine = report["machine"]
    commit, changed, _ = (report["commit"] or "unknown").partition("+")
    commit = commit[:12] + (" with changes" if changed else "")
    hardware = "; ".join([f"{machine['cpu']}, {machine['cores']} cores", *machine["gpus"]])
    busy = "; the machine was busy" if machine["busy"] else ""
    return (
        f"{hardware}; {machine['threads']} threads; torch {machine['packages'].get('torch')}; "
        f"{report['date']}, commit {commit}{busy}. Medians over "
        "interleaved rounds; a ratio is the median of the rounds' ratios, with quartiles."
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def times(ratio: Spread) -> str:
    """A ratio with its quartiles."""
    return f"{ratio.median:.2f}× ({ratio.low:.2f}–{ratio.high:.2f})"


def number(value: float) -> str:
    """Three digits that count, and no more than are true."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _one_line(text: str, most: int = 300) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most // 2]} … {line[-most // 2 :]}"
