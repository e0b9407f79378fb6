"""Errors about names: which are known, and which one was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def check_keys(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise a KeyError that names the first key of `given` not in `known`, and the nearest one.

    Args:
        given: the keys a user wrote.
        known: the keys that something reads.
        where: what holds them, for the message ("data_cfg", "test_cfg").
    """
    known = list(known)
    for key in given:
        if key not in known:
            raise KeyError(f"{where} has no key '{key}'{nearest(key, known)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The tail of an error message: the known name nearest to `name`, and all of them."""
    known = sorted(known)
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"; did you mean '{close[0]}'?" if close else ""
    return f"{hint} (known: {', '.join(known)})"
