"""The sections of the test's scores: against the published row, by size or joint, and curves."""

from __future__ import annotations

from collections.abc import Mapping

from models.analysis.measure import Measurement
from models.analysis.page.charts import Line, line_chart
from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import bars, card, difference_text, score_text
from models.analysis.published import PROTOCOL, PUBLISHED
from models.evaluation.mpii import GROUPS

#: score → where it is told of people of a size
_SIZES = {"AP (M)": "medium, 32² to 96² px", "AP (L)": "large, from 96² px"}


def scores_section(name: str, measured: Measurement) -> Markup:
    """All scores, with the published ones of the config called `name` beside them."""
    published = PUBLISHED.get(name)
    scores = measured.scores
    head = ["score", "this run"] + (["published", "difference"] if published else [])
    rows = []
    for score, value in scores.items():
        row = [score, score_text(value)]
        if published:
            theirs = published.get(score)
            row += [
                score_text(theirs, 3),
                "" if theirs is None else difference_text(value - theirs),
            ]
        rows.append(row)
    note = f"{measured.boxes} persons, {_boxes(measured)}."
    if published:
        note += f" Published by the original release, on {PROTOCOL[measured.headline]}"
        note += "; numbers on other data or boxes do not compare."
    else:
        note += f" Nothing was published for {name}."
    parts = [_by_joint(scores)] if "PCKh" in scores else [_by_size(scores), _curves(measured)]
    return join(
        tag("p", note, class_="note"),
        tag(
            "div",
            card("Test scores", table(head, rows, "Test scores")),
            tag("div", parts, class_="stack"),
            class_="grid",
        ),
    )


def _boxes(measured: Measurement) -> str:
    if measured.boxes_from == "ground-truth boxes":
        return "in ground-truth boxes"
    return f"in boxes of the detector ({measured.boxes_from})"


def _by_size(scores: Mapping[str, float]) -> Markup:
    rows = [("all", "AP"), *((text, score) for score, text in _SIZES.items())]
    return card(
        "AP by size of the person",
        bars(
            [
                (text, [("plain", max(scores[score], 0), score)], score_text(scores[score]))
                for text, score in rows
                if score in scores
            ]
        ),
        aside="area of the person in the picture",
    )


def _by_joint(scores: Mapping[str, float]) -> Markup:
    return card(
        "PCKh@0.5 by joint",
        bars(
            [
                (joint, [("plain", scores[joint], joint)], score_text(scores[joint]))
                for joint in (*GROUPS, "PCKh")
                if scores.get(joint, -1) >= 0
            ]
        ),
        aside="share within half a head",
    )


def _curves(measured: Measurement) -> Markup | None:
    """Precision over recall, a line an OKS threshold."""
    if not measured.curves:
        return None
    recall = measured.curves["recall"]
    by_threshold = measured.curves["precision"]
    lines, rows = [], []
    for i, (threshold, precision) in enumerate(by_threshold.items()):
        strength = 1 - 0.72 * i / max(1, len(by_threshold) - 1)
        lines.append(Line(f"OKS {threshold}", recall, precision, round(strength, 2)))
        rows.append([threshold, score_text(sum(precision) / len(precision))])
    means = ", ".join(f"{score_text(float(row[1]), 2)} at {row[0]}" for row in rows)
    chart = line_chart(
        lines,
        f"Precision over recall at each OKS threshold; mean precision {means}",
        "recall",
        (0, 1),
        (0, 1),
    )
    return card(
        "Precision over recall",
        chart,
        tag(
            "p",
            f"From strong to faint: OKS {rows[0][0]} to {rows[-1][0]}. The area under a line is the "
            "AP at that threshold.",
            class_="soft",
        ),
    )
