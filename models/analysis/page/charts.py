"""Line charts as SVG that takes its colours from the page, so that they fit light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.analysis.page.markup import Markup, tag

WIDTH, HEIGHT = 420, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 14, 12, 40

#: more points than this are drawn as means of neighbours
MOST_POINTS = 400
#: up to so many points get a dot each
_DOTS = 40


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a chart.

    Attributes:
        name: what it shows.
        x, y: of its points, finite; x ascends.
        color: one of the stylesheet's names.
        strength: of it, 0 to 1.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    color: str = "accent"
    strength: float = 1.0


def line_chart(
    lines: Sequence[Line],
    label: str,
    x_label: str,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
) -> Markup:
    """Lines over common axes.

    Args:
        lines: what to draw; at least one has points.
        label: what the chart shows, in words, for those who do not see it.
        x_label: under the axis.
        x_range, y_range: ends of the axes; by default those of the points, rounded.
    """
    xs = [x for line in lines for x in line.x]
    ys = [y for line in lines for y in line.y]
    x_ticks = ticks(*(x_range or (min(xs), max(xs))), 6)
    y_ticks = ticks(*(y_range or (min(ys), max(ys))), 5)
    x_ends = x_range or (min(*xs, x_ticks[0]), max(*xs, x_ticks[-1]))
    y_ends = (y_ticks[0], y_ticks[-1])
    across = _scale(x_ends, (_LEFT, WIDTH - _RIGHT))
    up = _scale(y_ends, (HEIGHT - _BOTTOM, _TOP))
    parts = [_grid(x_ticks, y_ticks, across, up)]
    for line in lines:
        parts.append(_line(line, across, up))
    parts.append(
        tag(
            "text",
            x_label,
            x=(WIDTH + _LEFT - _RIGHT) / 2,
            y=HEIGHT - 6,
            text_anchor="middle",
        )
    )
    return tag(
        "svg",
        parts,
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        class_="chart",
        role="img",
        aria_label=label,
    )


def _grid(
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    across: Callable[[float], float],
    up: Callable[[float], float],
) -> list[Markup]:
    bottom = HEIGHT - _BOTTOM
    parts = []
    for value, text in zip(y_ticks, tick_texts(y_ticks), strict=True):
        y = up(value)
        parts.append(_rule(_LEFT, y, WIDTH - _RIGHT, y, "grid"))
        parts.append(tag("text", text, x=_LEFT - 7, y=_short(y + 4), text_anchor="end"))
    for value, text in zip(x_ticks, tick_texts(x_ticks), strict=True):
        x = across(value)
        if not _LEFT - 1 <= x <= WIDTH - _RIGHT + 1:
            continue
        parts.append(_rule(x, bottom, x, bottom + 4, "axis"))
        parts.append(tag("text", text, x=_short(x), y=bottom + 17, text_anchor="middle"))
    parts.append(_rule(_LEFT, bottom, WIDTH - _RIGHT, bottom, "axis"))
    return parts


def _line(line: Line, across: Callable[[float], float], up: Callable[[float], float]) -> Markup:
    x, y = thinned(line.x, line.y)
    at = [(_short(across(a)), _short(up(b))) for a, b in zip(x, y, strict=True)]
    path = "M" + "L".join(f"{a} {b}" for a, b in at)
    parts = [tag("path", d=path, class_="line")] if len(at) > 1 else []
    if len(at) <= _DOTS:
        for (a, b), value, place in zip(at, y, x, strict=True):
            said = tag("title", f"{line.name}: {value:.5g} at {place:.4g}")
            parts.append(tag("circle", said, cx=a, cy=b, r=3.2, class_="dot"))
    faint = line.strength if line.strength < 1 else None
    return tag("g", parts, style=f"--of: var(--{line.color})", opacity=faint)


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return tag("line", x1=_short(x1), y1=_short(y1), x2=_short(x2), y2=_short(y2), class_=kind)


def thinned(x: Sequence[float], y: Sequence[float]) -> tuple[list[float], list[float]]:
    """At most `MOST_POINTS` points: means of as many neighbours as that takes."""
    size = math.ceil(len(x) / MOST_POINTS)
    if size <= 1:
        return list(x), list(y)
    groups = range(0, len(x), size)
    return tuple([_mean(values[i : i + size]) for i in groups] for values in (x, y))


def ticks(low: float, high: float, count: int) -> list[float]:
    """About `count` round numbers, evenly apart, whose first and last enclose `low` … `high`."""
    if high <= low:
        low, high = low - (abs(low) or 1) * 0.5, high + (abs(high) or 1) * 0.5
    step = 10.0 ** math.floor(math.log10((high - low) / count))
    for factor in (1, 2, 5, 10):
        if (high - low) / (step * factor) <= count:
            step *= factor
            break
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def tick_texts(values: Sequence[float]) -> list[str]:
    """Ticks with as many decimals as tell them apart."""
    step = values[1] - values[0] if len(values) > 1 else abs(values[0]) or 1
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals > 4:
        return [f"{value * 10**decimals:.0f}e-{decimals}" if value else "0" for value in values]
    return [f"{value:.{decimals}f}" for value in values]


def _scale(source: tuple[float, float], target: tuple[float, float]) -> Callable[[float], float]:
    (a, b), (c, d) = source, target
    return lambda value: c + (value - a) / ((b - a) or 1) * (d - c)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
