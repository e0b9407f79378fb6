"""Curves of one or more runs in one picture."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from models.analysis.logs import RunLog
from models.runtime.files import atomic_write

SUFFIXES = (".png", ".svg", ".pdf", ".jpg")

#: line styles tell runs apart where colours do not
_STYLES = ("-", "--", "-.", ":")


def plot_curves(
    logs: Sequence[RunLog],
    keys: Sequence[str],
    out: str | os.PathLike,
    legend: Sequence[str] | None = None,
    title: str | None = None,
) -> None:
    """Draw a panel a key, with a line a run, over the epochs.

    Args:
        logs: the runs.
        keys: what to draw; every run must have logged it.
        out: picture file; the suffix is one of `SUFFIXES`.
        legend: what the runs are called; by default as their folders.
        title: of the whole.

    Raises:
        KeyError: a run did not log a key.
        ValueError: not as many names as runs, or a file of another kind.
    """
    out = Path(out)
    if out.suffix.lower() not in SUFFIXES:
        raise ValueError(f"picture {out} must end in {', '.join(SUFFIXES)}")
    names = list(legend) if legend else [log.name for log in logs]
    if len(names) != len(logs):
        raise ValueError(f"--legend names {len(names)} runs, but there are {len(logs)}")
    curves = [[log.curve(key) for log in logs] for key in keys]  # first, for a wrong key shows here

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    # one axis for all, so that panels can be compared
    end = 1.02 * max((x for lines in curves for epochs, _ in lines for x in epochs), default=1)
    columns = min(len(keys), 2)
    rows = -(-len(keys) // columns)
    figure = Figure(figsize=(6.4 * columns, 3.8 * rows + 0.4), layout="constrained")
    FigureCanvasAgg(figure)  # no window, whatever the machine
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels[len(keys) :]:
        panel.set_axis_off()
    for panel, key, lines in zip(panels, keys, curves, strict=False):
        for i, (epochs, values) in enumerate(lines):
            few = len(values) <= 40
            panel.plot(
                epochs,
                values,
                _STYLES[i // 10 % len(_STYLES)],
                linewidth=1.6,
                marker="o" if few else None,
                markersize=3.5,
                label=names[i],
            )
        panel.set_title(key, loc="left", fontsize=11)
        panel.set_xlabel("epoch")
        panel.set_xlim(0, end)
        panel.grid(alpha=0.25, linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
    if len(logs) > 1 or legend:
        panels[0].legend(frameon=False)
    if title:
        figure.suptitle(title)
    with atomic_write(out) as temporary:
        figure.savefig(temporary, dpi=150)
