"""What sections are made of: numbers as text, cards, bars, lists."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.analysis.page.markup import Markup, join, tag

#: kinds of errors in the order in which they are shown, and what they mean
KINDS: Mapping[str, str] = {
    "jitter": "near its place, but not on it",
    "inversion": "on the same person's other side",
    "swap": "on another person",
    "miss": "nowhere near",
}


def score_text(value: float | None, digits: int = 4) -> str:
    """A fraction as tables have it, `.6585`; a dash for what was not measured (−1, no number)."""
    if value is None or not math.isfinite(value) or value < 0:
        return "–"
    text = f"{value:.{digits}f}"
    return text[1:] if text.startswith("0.") else text


def difference_text(value: float, digits: int = 4) -> str:
    """A difference of fractions with its sign, `+.0105`."""
    return ("−" if value < 0 else "+") + score_text(abs(value), digits)


def card(title: str, *content: Any, aside: str = "") -> Markup:
    """A box with a title, and perhaps a word on its right."""
    top = tag("div", tag("h3", title), tag("span", aside) if aside else None, class_="title")
    return tag("div", top, content, class_="card")


def call(text: str, command: str | None = None) -> Markup:
    """A remark on what to do, with the command that does it."""
    return tag("div", tag("p", text), tag("pre", command) if command else None, class_="card call")


def command_lines(command: str) -> str:
    """A command over several lines that can be copied: an option, or a key=value, on each."""
    try:
        words = shlex.split(command)
    except ValueError:  # no command of a shell
        return command
    lines = [""]
    for word in words:
        if lines[-1] and (word.startswith("--") or ("=" in word and not word.startswith("-"))):
            lines.append("   ")
        lines[-1] += f" {shlex.quote(word)}"
    return " \\\n".join(line[1:] for line in lines)


def pairs(items: Iterable[tuple[str, Any]]) -> Markup:
    """Names and values, one pair a line; empty values are left out."""
    shown = [(name, value) for name, value in items if value not in (None, "", [])]
    return tag(
        "dl", [join(tag("dt", name), tag("dd", value)) for name, value in shown], class_="pairs"
    )


def details(summary: str, *content: Any) -> Markup:
    """What is shown on request."""
    return tag("details", tag("summary", summary), content)


def legend(names: Mapping[str, str]) -> Markup:
    """Class of a colour → what it stands for."""
    return tag(
        "ul",
        [
            tag("li", tag("i", class_=kind, aria_hidden="true"), text)
            for kind, text in names.items()
        ],
        class_="legend",
    )


def bars(
    rows: Sequence[tuple[str, Sequence[tuple[str, float, str]], str]], whole: float = 1.0
) -> Markup:
    """Horizontal bars, in parts.

    Args:
        rows: name; parts as class of their colour, length and words; the text beside the bar,
            which carries the value for those who do not see it.
        whole: the length that fills the room.
    """
    cells = []
    for name, parts, text in rows:
        segments = [
            tag(
                "i",
                class_=kind,
                style=f"width:{min(100, 100 * length / whole):.2f}%",
                title=words,
            )
            for kind, length, words in parts
            if length > 0
        ]
        cells += [
            tag("span", name),
            tag("span", segments, class_="bar", aria_hidden="true"),
            tag("span", text, class_="value"),
        ]
    return tag("div", cells, class_="bars")
