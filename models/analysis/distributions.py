"""A picture of what a data set holds: sizes, shapes, joints, people in an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.analysis.statistics import LARGE, SMALL
from models.datasets import AnnotatedImage

_BLUE, _LIGHT, _LINE = "#3b6ea5", "#a8c4e0", "#888888"
_TICKS = (1, 2, 4, 8, 16, 32, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096)


def distributions(images: Sequence[AnnotatedImage], facts: Mapping[str, Any], title: str) -> Figure:
    """Six panels; to be saved with `savefig`.

    Args:
        images: from a data set's `annotated`.
        facts: from `dataset_statistics`, of the same images.
        title: whose they are.
    """
    people = [p for image in images for p in image.people if p.labelled.any()]
    boxes = np.array([person.bbox for person in people]).reshape(-1, 4)
    sides = np.maximum(boxes[:, 2:], 1)
    figure = Figure(figsize=(15, 9), layout="constrained")
    figure.suptitle(title, fontsize=13)
    panels = figure.subplots(2, 3).ravel()
    _bars(panels[0], facts["people_in_an_image"], "people in an image", "images")
    _bars(panels[1], facts["labelled_joints_of_a_person"], "labelled joints of a person", "people")
    _joints(panels[2], facts)
    _sizes(panels[3], np.sqrt([max(person.area, 1) for person in people]), facts)
    _aspects(panels[4], sides[:, 0] / sides[:, 1])
    _boxes(panels[5], sides)
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
    return figure


def _bars(panel: Axes, histogram: Mapping[str, int], what: str, counted: str) -> None:
    values = [int(value) for value in histogram]
    panel.bar(values, list(histogram.values()), color=_BLUE)
    panel.set(title=what, xlabel=what, ylabel=counted)
    panel.set_xlim(min(values, default=0) - 1, max(values, default=0) + 1)
    panel.xaxis.get_major_locator().set_params(integer=True)


def _joints(panel: Axes, facts: Mapping[str, Any]) -> None:
    joints = facts["joints"]
    places = np.arange(len(joints))
    visible = np.array([joint["visible"] for joint in joints.values()])
    occluded = np.array([joint["occluded"] for joint in joints.values()])
    panel.barh(places, visible, color=_BLUE, label="visible" if occluded.any() else "labelled")
    if occluded.any():
        panel.barh(places, occluded, left=visible, color=_LIGHT, label="occluded")
    panel.axvline(facts["people_with_joints"], color=_LINE, linestyle=":", label="all people")
    panel.set(xlabel="people")
    panel.set_title("labels of each joint", pad=24)
    panel.set_yticks(places, [name.replace("_", " ") for name in joints], fontsize=8)
    panel.invert_yaxis()
    panel.legend(fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)


def _sizes(panel: Axes, lengths: np.ndarray, facts: Mapping[str, Any]) -> None:
    if len(lengths):
        ends = np.log10([max(lengths.min() * 0.9, 1), lengths.max() * 1.1])
        panel.hist(lengths, bins=np.logspace(*ends, 40), color=_BLUE)
    panel.set_xscale("log")
    for edge in (SMALL, LARGE):
        panel.axvline(edge, color=_LINE, linestyle=":")
    each = max(facts["people_with_joints"], 1)
    shares = ", ".join(f"{name} {n / each:.0%}" for name, n in facts["size"].items())
    panel.set(title=f"size: {shares}", xlabel="square root of the area, pixels", ylabel="people")
    low, high = panel.get_xlim()
    panel.set_xticks([side for side in _TICKS if low <= side <= high], minor=False)
    panel.set_xticks([], minor=True)
    panel.xaxis.set_major_formatter("{x:.0f}")


def _aspects(panel: Axes, aspects: np.ndarray) -> None:
    panel.hist(np.clip(aspects, 0, 3), bins=np.linspace(0, 3, 61), color=_BLUE)
    panel.axvline(1, color=_LINE, linestyle=":")
    panel.set(title="shape of the boxes", xlabel="width / height (3 and more: 3)", ylabel="people")


def _boxes(panel: Axes, sides: np.ndarray) -> None:
    shown = sides[:: max(1, len(sides) // 20000)]  # a cloud that can be drawn
    size = float(np.clip(5000 / max(len(shown), 1), 4, 40))
    panel.scatter(*shown.T, s=size, alpha=0.3, color=_BLUE, linewidths=0)
    end = sides.max(initial=1) * 1.05
    panel.plot([0, end], [0, end], color=_LINE, linestyle=":")
    panel.set(title="boxes", xlabel="width, pixels", ylabel="height, pixels")
    panel.set(xlim=(0, end), ylim=(0, end))
