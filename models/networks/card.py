"""What a network says of itself on the card beside a published checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkCard:
    """The parts of a model card that belong to a task, as Markdown.

    Attributes:
        summary: what the network does, in a sentence.
        facts: rows of the table of facts: what each is, and its value.
        example: a program that runs the published files {name}.py and {name}.pth; "" for none.
        limits: what it is for, and what not; "" for nothing.
    """

    summary: str
    facts: Sequence[tuple[str, str]] = ()
    example: str = ""
    limits: str = ""
