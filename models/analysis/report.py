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
from models.analysis.scores import metrics_of
from models.engine.checks import max_epochs
from models.runtime.config import load_config
from models.runtime.files import atomic_write

#: what is missing, and the command that makes it
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
        FileNotFoundError, KeyError, ValueError: it is no run folder, an override does not fit, or
            `results`, where they are named, cannot be used.
    """
    run = read_run_folder(work_dir)
    cfg = load_config(run.config, overrides) if run.config else None
    measured, remark = _measured(run, cfg, results)
    remarks = [one for one in (_progress(run, cfg), remark) if one]
    metrics = metrics_of(cfg)
    out = Path(out) if out else run.path / "report.html"
    made = time.strftime("%Y-%m-%d %H:%M:%S %z")
    origin = f"Written by tools/analysis/report.py of Lite-HRNet {models.__version__}, {made}."
    page = render(run, measured, remarks, origin, _validation_boxes(cfg), metrics)
    with atomic_write(out) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return out, [text for text, _ in remarks]


def _measured(
    run: RunFolder, cfg: Mapping[str, Any] | None, results: str | os.PathLike | None
) -> tuple[Measurement | None, Remark | None]:
    """The test, and a remark on what there is not."""
    file = Path(results) if results else run.path / RESULTS
    if not results and not file.exists():
        return None, ("Not tested yet: scores, errors and worst cases come with", _test(run))
    try:
        if cfg is None:
            raise ValueError(
                f"{run.path} has no config file, by which results are measured; put the one that "
                "was tested there"
            )
        measured = measure(cfg, file)
    except (FileNotFoundError, KeyError, ValueError) as error:
        if results:
            raise
        text = error.args[0] if isinstance(error, KeyError) and error.args else error
        return None, (f"{file} was not measured: {text}", None)
    if not measured.scores:
        return measured, ("The test set has no labels, so there are no scores.", None)
    return measured, (measured.lacks, None) if measured.lacks else None


def _progress(run: RunFolder, cfg: Mapping[str, Any] | None) -> Remark | None:
    """A remark on a run that has not come to its end."""
    if cfg is None:
        return None
    total = max_epochs(cfg)
    if _has_ended(run, total):
        return None
    done = max((entry["epoch"] for entry in run.log.train), default=0) if run.log else 0
    config = run.last_start.get("config", run.config)
    words = ["python", "tools/train.py", config, "--work-dir", run.path, "--auto-resume"]
    command = shlex.join(map(str, words))
    said = str(run.last_start.get("command", ""))
    if "--cfg-options" in said:
        command += " --cfg-options" + said.partition("--cfg-options")[2]
    text = (
        f"The run is in epoch {done} of {total}. If it does not train any more, it was interrupted "
        "and goes on with"
    )
    return text, command


def _has_ended(run: RunFolder, total: int) -> bool:
    """Whether the last epoch was trained, by its checkpoint, its validation or its log."""
    if (run.path / f"epoch_{total}.pth").exists():
        return True
    if run.log is None:
        return False
    if any(entry["epoch"] >= total for entry in run.log.val):
        return True
    last = run.log.train[-1] if run.log.train else {"epoch": 0, "iter": 0}
    # of a single epoch the log does not tell how long it is
    return last["epoch"] >= total > 1 and last["iter"] >= run.log.epoch_length


def _validation_boxes(cfg: Mapping[str, Any] | None) -> str | None:
    """Which boxes validations took; MPII has one kind only."""
    val = (cfg or {}).get("data", {}).get("val", {})
    if "use_gt_bbox" not in val.get("data_cfg", {}):
        return None
    return "ground-truth boxes" if val["data_cfg"]["use_gt_bbox"] else "a detector's boxes"


def _test(run: RunFolder) -> str:
    """The command that tests a run so that its report finds the results."""
    checkpoint = run.best_checkpoint or run.path / "latest.pth"
    words = ["python", "tools/test.py", run.config or "CONFIG", checkpoint]
    return shlex.join(map(str, [*words, "--work-dir", run.path, "--out", run.path / RESULTS]))
