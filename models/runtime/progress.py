"""Progress bars: lively in a terminal, a line now and then in a log file."""

from __future__ import annotations

import sys
from typing import Any

from tqdm import tqdm

_SECONDS_BETWEEN_LINES = 15


def progress_bar(total: int, what: str, unit: str, **options: Any) -> tqdm:
    """A bar on stderr with speed and time left.

    Args:
        total: how many units there are.
        what: said in front.
        unit: what is counted ("box", "image").
        options: further options of tqdm.
    """
    terminal = sys.stderr.isatty()
    return tqdm(
        total=total,
        desc=what,
        unit=unit,
        mininterval=0.2 if terminal else _SECONDS_BETWEEN_LINES,
        dynamic_ncols=terminal,
        **options,
    )
