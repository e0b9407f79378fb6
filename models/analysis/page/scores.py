"""The section of the test's scores: against the published row, as curves, by size or joint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.analysis.measure import Measurement
from models.analysis.page.charts import Line, line_chart
from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import bars, card, difference_text, legend, score_text
from models.analysis.published import PROTOCOL, PUBLISHED
from models.evaluation.mpii import GROUPS

#: curves of joints within a distance are percentages; a report shows fractions throughout
_PERCENT = 100.0

#: curve of `precision_recall` → its colour
_COLORS = {"0.5": "swap", "0.75": "jitter", "0.5:0.95": "accent"}


def scores_section(name: str, measured: Measurement) -> Markup:
    """All scores, with the published ones of the config called `name` beside them."""
    note = f"{measured.samples}."
    if name in PUBLISHED:
        protocol = PROTOCOL[next(iter(PUBLISHED[name]))]
        note += (
            f" Published by the original release on {protocol}; numbers on other data or boxes do "
            "not compare."
        )
    else:
        note += f" No numbers were published for {name}."
    curves = measured.curves
    first = card("Test scores", _table(name, measured.scores))
    if "precision_recall" in curves:
        parts = [
            tag("div", first, _precision(curves["precision_recall"]), class_="grid"),
            _by_size(curves["precision_recall"]["ap"]["0.5:0.95"], curves["sizes"]),
        ]
    elif "pck" in curves:
        beside = tag("div", _pck(curves["pck"]), _by_joint(measured.scores), class_="stack")
        parts = [tag("div", first, beside, class_="grid")]
    else:
        parts = [first]
    return join(tag("p", note, class_="note"), parts)


def _table(name: str, scores: Mapping[str, float]) -> Markup:
    published = PUBLISHED.get(name)
    if not published:
        rows = [[score, score_text(value)] for score, value in scores.items()]
        return table(["score", "this run"], rows, "Test scores")
    rows = []
    for score, value in scores.items():
        theirs = published.get(score)
        there = theirs is not None and value >= 0
        difference = difference_text(value - theirs) if there else ""
        rows.append([score, score_text(value), score_text(theirs, 3), difference])
    return table(["score", "this run", "published", "difference"], rows, "Test scores")


def _precision(curves: Mapping[str, Any]) -> Markup:
    """Precision over recall, a line an OKS threshold."""
    drawn = [(curve, color) for curve, color in _COLORS.items() if curve in curves["precision"]]
    lines = [
        Line(f"OKS {curve}", curves["recall"], curves["precision"][curve], color)
        for curve, color in drawn
    ]
    names = {
        color: f"OKS {curve.replace(':', ' … ')}: AP {score_text(curves['ap'][curve], 3)}"
        for curve, color in drawn
    }
    label = f"Precision over recall. {'; '.join(names.values())}"
    chart = line_chart(lines, label, "recall", (0, 1), (0, 1))
    return card("Precision over recall", chart, legend(names))


def _pck(curves: Mapping[str, Any]) -> Markup:
    """The share of joints within a distance: the mean, and a faint line a joint."""
    x = curves["thresholds"]
    lines = [
        Line(name, x, [value / _PERCENT for value in values], strength=0.3)
        for name, values in curves["joints"].items()
        if values is not None
    ]
    mean = [value / _PERCENT for value in curves["mean"]]
    lines.append(Line("mean", x, mean, "miss"))
    at = ", ".join(f"{mean[i]:.2f} at {x[i]:.2f}" for i in range(10, len(x), 20))
    chart = line_chart(lines, f"Share of joints within a distance: mean {at}", "head sizes", (0, 1))
    names = {"miss": "mean", "accent": "each joint"}
    return card("Joints within a distance", chart, legend(names), aside="in head sizes")


def _by_size(ap: float, sizes: list[Mapping[str, Any]]) -> Markup:
    """AP by size of the person: COCO's two ranges, then finer ones."""
    rows = [("all", [("accent", max(ap, 0), "AP")], score_text(ap))]
    for size in sizes:
        if size["AP"] is None or not size["people"]:
            continue
        name = size["name"]
        if name in ("medium", "large"):
            name += f" ({size['from']}–{size['to']})" if size["to"] else f" (≥ {size['from']})"
        text = f"{score_text(size['AP'], 3)} · {size['people']} people"
        rows.append((name, [("accent", max(size["AP"], 0), f"AP, {name}")], text))
    return card(
        "AP by size of the person",
        bars(rows),
        aside="side in pixels of a square of the person's area",
    )


def _by_joint(scores: Mapping[str, float]) -> Markup | None:
    rows = [
        (joint, [("accent", scores[joint], joint)], score_text(scores[joint]))
        for joint in (*GROUPS, "PCKh")
        if scores.get(joint, -1) >= 0
    ]
    if not rows:  # another metric was asked for
        return None
    return card("PCKh@0.5 by joint", bars(rows), aside="share within half a head size")
