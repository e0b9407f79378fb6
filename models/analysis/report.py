"""One page on a run: read its folder, measure its results, write the page."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import models
from models.analysis.measure import Measurement, measure
from models.analysis.page.page import render
from models.analysis.run_folder import RESULTS, RunFolder, read_run_folder
from models.runtime.config import load_config
from models.runtime.files import atomic_write

Remark = tuple[str, str | None]


def write_report(
    work_dir: str | os.PathLike,
    out: str | os.PathLike | None = None,
    results: str | os.PathLike | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> tuple[Path, list[str]]:
    """Write the report of a run as one HTML page.

    What the folder does not hold is left out, and the page says how to get it.

    Args:
        work_dir: the run folder.
        out: the page; by default report.html in the folder.
        results: of tools/test.py --out; by default results.json in the folder, if it is there.
        overrides: of the folder's config, as for `load_config`: for data that have moved.

    Returns:
        The page, and what it lacks, a sentence each.

    Raises:
        FileNotFoundError, KeyError, ValueError: it is no run folder, or `results`, where they are
            named, cannot be used.
    """
    run = read_run_folder(work_dir)
    remarks = [*_progress(run, overrides)]
    measured, remark = _measured(run, results, overrides)
    if remark:
        remarks.append(remark)
    out = Path(out) if out else run.path / "report.html"
    made = time.strftime("%Y-%m-%d %H:%M:%S %z")
    origin = f"Written by tools/analysis/report.py of Lite-HRNet {models.__version__}, {made}."
    page = render(run, measured, remarks, origin)
    with atomic_write(out) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return out, [text for text, _ in remarks]


def _measured(
    run: RunFolder, results: str | os.PathLike | None, overrides: Mapping[str, Any] | None
) -> tuple[Measurement | None, Remark | None]:
    """The test, or a remark on why there is none."""
    file = Path(results) if results else run.path / RESULTS
    if not results and not file.exists():
        return None, ("Not tested yet. The scores, errors and worst cases come with", _test(run))
    try:
        if run.config is None:
            raise ValueError("the run folder has no config file, by which results are measured")
        measured = measure(load_config(run.config, overrides), file)
    except (FileNotFoundError, KeyError, ValueError) as error:
        if results:
            raise
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        return None, (f"{file} was not measured: {text}", None)
    if not measured.scores:
        return measured, ("The test set has no labels: there are no scores to report.", None)
    return measured, None


def _progress(run: RunFolder, overrides: Mapping[str, Any] | None) -> list[Remark]:
    """A remark on a run that has not come to its end."""
    if run.config is None:
        return []
    try:
        cfg = load_config(run.config, overrides)
        total = cfg.get("total_epochs") or cfg.get("runner", {}).get("max_epochs")
    except ValueError:
        return []
    if not total or _has_ended(run, total):
        return []
    done = max((entry["epoch"] for entry in run.log.train), default=0) if run.log else 0
    command = ["python", "tools/train.py", str(run.config), "--work-dir", str(run.path)]
    return [
        (
            f"The run is in epoch {done} of {total}: it still trains, or was interrupted and goes "
            "on with",
            shlex.join([*command, "--auto-resume"]),
        )
    ]


def _has_ended(run: RunFolder, total: int) -> bool:
    """Whether the last epoch was trained: its checkpoint, its validation or all its log is there."""
    if (run.path / f"epoch_{total}.pth").exists():
        return True
    log = run.log
    if log is None:
        return False
    if any(entry["epoch"] >= total for entry in log.val):
        return True
    last = log.train[-1] if log.train else {"epoch": 0, "iter": 0}
    return last["epoch"] >= total and total > 1 and last["iter"] >= log.epoch_length


def _test(run: RunFolder) -> str:
    config = run.config or "CONFIG"
    checkpoint = run.best_checkpoint or run.path / "latest.pth"
    words = ["python", "tools/test.py", config, checkpoint, "--work-dir", run.path]
    return shlex.join(map(str, [*words, "--out", run.path / RESULTS]))
