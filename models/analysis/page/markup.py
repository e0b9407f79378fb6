"""HTML and SVG built of elements. Text is escaped unless it is markup already."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Any

#: elements without an end tag
_VOID = ("br", "col", "hr", "img", "link", "meta", "wbr")


class Markup(str):
    """Text that is HTML already; made by `tag` and `join` alone, of escaped parts."""

    __slots__ = ()


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """An element.

    Args:
        name: of the element.
        children: markup as it is; anything else as text, escaped; None and False are left out.
        attributes: `class_` is `class`, `aria_label` is `aria-label`; None and False leave an
            attribute out, True gives it no value.
    """
    written = "".join(
        f" {_attribute(key)}" + ("" if value is True else f'="{html.escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Any) -> Markup:
    """Markup and text one after the other; sequences are taken apart."""
    parts = []
    for child in children:
        if isinstance(child, Markup):
            parts.append(str(child))
        elif isinstance(child, (list, tuple)):
            parts.append(str(join(*child)))
        elif child is not None and child is not False:
            parts.append(html.escape(str(child)))
    return Markup("".join(parts))


def table(
    head: Iterable[Any], rows: Iterable[Iterable[Any]], label: str, numbers_from: int = 1
) -> Markup:
    """A table in a box of its own, inside which it scrolls where the window is narrow.

    Args:
        head: the columns' names.
        rows: cells; the first of each row names it.
        label: what it holds, for those who do not see it.
        numbers_from: columns from this one on are numbers, set to the right.
    """

    def kind(column: int) -> str | None:
        return "number" if column >= numbers_from else None

    top = tag("tr", [tag("th", cell, scope="col", class_=kind(i)) for i, cell in enumerate(head)])
    body = [
        tag(
            "tr",
            [
                tag("td" if i else "th", cell, class_=kind(i), scope=None if i else "row")
                for i, cell in enumerate(row)
            ],
        )
        for row in rows
    ]
    whole = tag("table", tag("thead", top), tag("tbody", body))
    # A box that scrolls must be reachable by the keyboard, and then needs a name.
    return tag("div", whole, class_="scroll", role="region", tabindex=0, aria_label=label)


def _attribute(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")
