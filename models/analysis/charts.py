"""Charts of an analysis, as png."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from models.evaluation.coco_errors import ERRORS
from models.runtime.files import atomic_write

COLORS = {"jitter": "#8fb8de", "inversion": "#f2b134", "swap": "#7b5ea7", "miss": "#c8473d"}
_GREY = "#555555"


def draw_errors(analysis: Mapping[str, Any], path: str | os.PathLike, title: str = "") -> None:
    """Two bars side by side for each joint: how often it is wrong and how much OKS that costs.

    Args:
        analysis: from `analyze_errors`.
        path: the png to write.
        title: above both.
    """
    from matplotlib.figure import Figure  # half a second, needed only here; no window, no state

    joints = analysis["joints"]
    figure = Figure(figsize=(11, 1.6 + 0.3 * len(joints)), layout="constrained")
    often, costly = figure.subplots(1, 2, sharey=True)
    place = np.arange(len(joints))
    share = {
        kind: [100 * row[kind] / max(row["labelled"], 1) for row in joints.values()]
        for kind in ERRORS
    }
    loss = {kind: [100 * row["oks_loss"][kind] for row in joints.values()] for kind in ERRORS}
    for axes, values in ((often, share), (costly, loss)):
        left = np.zeros(len(joints))
        for kind in ERRORS:
            axes.barh(place, values[kind], left=left, color=COLORS[kind], label=kind, height=0.75)
            left += values[kind]
        axes.grid(axis="x", color="#dddddd")
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    often.set_yticks(place, [name.replace("_", " ") for name in joints])
    often.invert_yaxis()
    often.set_xlabel("% of labelled joints of people found")
    costly.set_xlabel("points of OKS lost, mean over people found")
    handles, names = often.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=len(ERRORS), frameon=False)
    if title:
        figure.suptitle(title, color=_GREY, fontsize=11)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=130)


def draw_pck(curves: Mapping[str, Any], path: str | os.PathLike, title: str = "") -> None:
    """The share of joints within a distance, for each joint and in the mean.

    Args:
        curves: from `pck_curves`.
        path: the png to write.
        title: above it.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.subplots()
    # A left and a right joint share a color; the right one is dashed.
    pairs = list(dict.fromkeys(_without_side(name) for name in curves["joints"]))
    for name, values in curves["joints"].items():
        if values is not None:
            color = colormaps["tab10"](pairs.index(_without_side(name)) % 10)
            style = "--" if name.startswith("right") else "-"
            text = name.replace("_", " ")
            axes.plot(curves["thresholds"], values, style, color=color, linewidth=1.2, label=text)
    axes.plot(curves["thresholds"], curves["mean"], color="black", linewidth=2.5, label="mean")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 100)
    axes.grid(color="#dddddd")
    axes.set_xlabel(f"distance from the label, in units of the {curves['unit']}")
    axes.set_ylabel("% of joints")
    figure.legend(loc="outside right center", frameon=False)
    if title:
        axes.set_title(title, color=_GREY, fontsize=11)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=130)


def _without_side(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")
