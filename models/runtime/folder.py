"""The run folder: a new run does not write over an earlier one."""

from __future__ import annotations

import time
from pathlib import Path


def set_earlier_run_aside(work_dir: str | Path) -> Path | None:
    """Move the checkpoints of an earlier run into a sub-folder named after their last writing.

    Returns:
        The sub-folder, or None where there were no checkpoints.
    """
    work_dir = Path(work_dir)
    checkpoints = sorted(work_dir.glob("*.pth"))
    if not checkpoints:
        return None
    written = max(path.lstat().st_mtime for path in checkpoints)
    stem = time.strftime("earlier_%Y%m%d_%H%M%S", time.localtime(written))
    aside, number = work_dir / stem, 1
    while aside.exists():
        number += 1
        aside = work_dir / f"{stem}_{number}"
    aside.mkdir()
    for path in checkpoints:
        path.rename(aside / path.name)
    return aside
