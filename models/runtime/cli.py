"""What all command-line tools share: `--cfg-options`, and errors in one line."""

from __future__ import annotations

import argparse
import ast
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any


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


def run_tool(main: Callable[[], Any]) -> None:
    """Run a tool; a mistake in its input ends it with one line on stderr and exit status 1.

    Set LITE_HRNET_TRACEBACK=1 to see where it came from.
    """
    try:
        main()
    except (FileNotFoundError, FileExistsError, NotADirectoryError, KeyError, ValueError) as error:
        if os.environ.get("LITE_HRNET_TRACEBACK"):
            raise
        message = str(error.args[0] if isinstance(error, KeyError) and error.args else error)
        if " " not in message:  # no sentence of ours: a fault of the program, shown in full
            raise
        sys.exit(f"error: {message}")
    except KeyboardInterrupt:
        sys.exit(130)
