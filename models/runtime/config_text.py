"""A merged config as the text of a config file.

mmcv's `pretty_text` does the same, but does not escape: a path with an apostrophe ends in an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmcv import Config

_WIDTH = 100


def config_text(cfg: Config) -> str:
    """The config as Python, one assignment for each key; executed, it gives the same values."""
    settings = cfg._cfg_dict.to_dict()
    return "".join(
        f"{key} = {_format(value, 0, len(key) + 3)}\n" for key, value in settings.items()
    )


def _format(value: Any, indent: int, used: int) -> str:
    """A literal: on one line where it fits behind `used` characters, else one entry a line."""
    entries, opening, closing = _entries(value)
    if entries is None:
        return repr(value)
    short = opening + ", ".join(prefix + _format(item, 0, 0) for prefix, item in entries)
    short += ",)" if isinstance(value, tuple) and len(value) == 1 else closing
    if used + len(short) < _WIDTH and "\n" not in short:
        return short
    inner = indent + 4
    lines = [
        f"{' ' * inner}{prefix}{_format(item, inner, inner + len(prefix) + 1)},\n"
        for prefix, item in entries
    ]
    return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"


def _entries(value: Any) -> tuple[list[tuple[str, Any]] | None, str, str]:
    """What a container holds, each with the text in front of it, and its brackets."""
    if isinstance(value, Mapping):
        if all(isinstance(k, str) and k.isidentifier() and not iskeyword(k) for k in value):
            return [(f"{key}=", item) for key, item in value.items()], "dict(", ")"
        return [(f"{key!r}: ", item) for key, item in value.items()], "{", "}"
    if isinstance(value, list):
        return [("", item) for item in value], "[", "]"
    if type(value) is tuple:
        return [("", item) for item in value], "(", ")"
    return None, "", ""
