"""The section of kinds of errors: by joint, and what each kind costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import (
    KINDS,
    bars,
    card,
    details,
    difference_text,
    legend,
    score_text,
)


def errors_section(errors: Mapping[str, Any]) -> Markup:
    """What `analyze_errors` found.

    Args:
        errors: joints, all, ap and people; see there.
    """
    joints = {name.replace("_", " "): row for name, row in errors["joints"].items()}
    everything = {**joints, "all joints": errors["all"]}
    colors = {
        "good": "good: where people would put it",
        **{k: f"{k}: {v}" for k, v in KINDS.items()},
    }
    return join(
        tag("p", _people(errors["people"]), class_="note"),
        card(
            "Where joints of people found end up",
            legend(colors),
            bars([_shares(name, row) for name, row in everything.items()]),
            aside="share of labelled joints; right: good",
        ),
        tag("div", _losses(everything), _corrected(errors["ap"]), class_="grid below"),
        details("As numbers", tag("div", _numbers(everything), class_="card")),
    )


def _people(people: Mapping[str, int]) -> str:
    text = (
        f"{people['matched']} labelled people were found, {people['missed']} were not, "
        f"{people['false']} answers belong to nobody"
    )
    if people.get("doubles"):
        text += f" ({people['doubles']} of them are second answers for someone found)"
    return (
        f"{text}. Each labelled joint of those found is good or has one error (Ronchi and Perona, "
        "2017)."
    )


def _shares(name: str, row: Mapping[str, Any]) -> tuple[str, list[tuple[str, float, str]], str]:
    labelled = max(row["labelled"], 1)
    parts = [
        (kind, row[kind] / labelled, f"{name}, {kind}: {row[kind]} of {row['labelled']}")
        for kind in ("good", *KINDS)
    ]
    text = f"{100 * row['good'] / labelled:.0f} %" if row["labelled"] else "–"
    return name, parts, text


def _losses(joints: Mapping[str, Mapping[str, Any]]) -> Markup:
    """OKS lost, by joint and kind; the sum over all joints is on another scale and left out."""
    rows = {name: row["oks_loss"] for name, row in joints.items() if name != "all joints"}
    most = max((sum(loss.values()) for loss in rows.values()), default=0) or 1
    return card(
        "What it costs in OKS",
        bars(
            [
                (
                    name,
                    [(k, loss[k], f"{name}, {k}: {loss[k]:.4f}") for k in KINDS],
                    f"{sum(loss.values()):.4f}",
                )
                for name, loss in rows.items()
            ],
            most,
        ),
        aside="mean over people found",
    )


def _corrected(ap: Mapping[str, float]) -> Markup:
    now = ap["now"]
    rows = [("now", [("plain", max(now, 0), "AP now")], score_text(now))]
    for kind in KINDS:
        value = ap[f"without_{kind}"]
        gain = max(value - max(now, 0), 0)
        rows.append(
            (
                f"no {kind}",
                [("good", max(now, 0), "AP now"), (kind, gain, f"gained without {kind}")],
                f"{score_text(value)} ({difference_text(value - now)})",
            )
        )
    return card("AP if one kind of error were gone", bars(rows))


def _numbers(joints: Mapping[str, Mapping[str, Any]]) -> Markup:
    head = ["joint", "labelled", "good", *KINDS, *(f"OKS lost by {kind}" for kind in KINDS)]
    rows = [
        [
            name,
            *(row[key] for key in ("labelled", "good", *KINDS)),
            *(f"{row['oks_loss'][kind]:.4f}" for kind in KINDS),
        ]
        for name, row in joints.items()
    ]
    return table(head, rows, "Kinds of errors by joint")
