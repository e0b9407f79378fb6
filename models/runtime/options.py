"""Options that several command-line tools have."""

from __future__ import annotations

import argparse
import ast
from collections.abc import Sequence
from typing import Any


def add_cfg_options(parser: argparse.ArgumentParser) -> None:
    """`--cfg-options key=value …`, None if not given."""
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        metavar="KEY=VALUE",
        help="overrides of the config; +KEY=VALUE adds a key that it does not have",
    )


def add_trust_checkpoint(parser: argparse.ArgumentParser) -> None:
    """`--trust-checkpoint`, False if not given."""
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="load a checkpoint that holds more than tensors and plain values; runs code from it",
    )


class DictAction(argparse.Action):
    """`--cfg-options key=value …`; values are Python literals, `a,b` is a list, else text.

    May be given several times. A leading `+` on a key adds a key that the config does not have.
    """

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Sequence[str] | str,
        option_string: str | None = None,
    ) -> None:
        options = dict(getattr(namespace, self.dest) or {})
        for text in [values] if isinstance(values, str) else values:
            key, equals, value = text.partition("=")
            if not equals or not key:
                parser.error(f"{option_string} takes key=value, not '{text}'")
            options[key] = parse_value(value)
        setattr(namespace, self.dest, options)


def parse_value(text: str) -> Any:
    """A Python literal where it is one; `true`, `none` in any case; `a,b` and `[a,b]` are lists."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if text.lower() == "none":
        return None
    bracketed = text[:1] in ("[", "(") and text[-1:] in ("]", ")")
    try:
        value = ast.literal_eval(text)
        return list(value) if isinstance(value, tuple) and not bracketed else value
    except (ValueError, SyntaxError):
        pass
    inner = text[1:-1] if bracketed else text
    if bracketed or "," in text:
        return [parse_value(part.strip()) for part in inner.split(",") if part.strip()]
    return text
