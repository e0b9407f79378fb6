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
        tag("div", _losses(everything), _corrected(errors), class_="grid"),
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


def _corrected(errors: Mapping[str, Any]) -> Markup:
    """AP without errors, each kind alone and one upon the other; and the mean OKS."""
    oks = errors["oks"]
    mean = "–" if oks["mean"] is None else f"{oks['mean']:.3f}"
    about = f"Mean OKS of people found (from {oks['found_from']} on): {mean}."
    return tag(
        "div",
        card("AP if one kind of error were gone", _alone(errors["ap"])),
        card("AP if they went one after another", _in_turn(errors["ap_progressive"])),
        tag("p", about, class_="note"),
        class_="stack",
    )


def _alone(ap: Mapping[str, float]) -> Markup:
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
    return bars(rows)


def _in_turn(ap: Mapping[str, float]) -> Markup:
    rows, done, reached = [], [], 0.0
    for step, value in ap.items():
        kind = "accent" if step == "now" else step
        done.append((kind, max(value - reached, 0), step))
        reached = max(reached, value)
        name = step if step == "now" else f"then no {step}"
        rows.append((name, list(done), score_text(value)))
    return bars(rows)


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
