"""The files of a run: benchmark.json with every round, benchmark.md to read, a README's table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.benchmark.bars import Verdict, bars, judge
from models.benchmark.table import bars_block, markdown
from models.runtime.files import atomic_write, dump_json, load_json

JSON, MARKDOWN = "benchmark.json", "benchmark.md"
BEGIN, END = "<!-- benchmark:begin -->", "<!-- benchmark:end -->"


def check_unused(folder: str | os.PathLike) -> None:
    """Make sure that a folder can be that of a new run.

    Raises:
        FileExistsError: it holds an earlier one, which is never written over.
    """
    for name in (JSON, MARKDOWN):
        if Path(folder, name).exists():
            raise FileExistsError(f"{folder} holds an earlier benchmark; give another --out")


def verdicts(report: Mapping[str, Any]) -> list[Verdict]:
    """The bars against a run."""
    settings = report["settings"]
    return [
        judge(bar, report["sections"], settings["device"])
        for bar in bars(settings["train batch sizes"][0])
    ]


def write(report: Mapping[str, Any], folder: Path) -> str:
    """Write both files of a run, or of as much of it as there is; the Markdown."""
    text = markdown(report, verdicts(report))
    folder.mkdir(parents=True, exist_ok=True)
    dump_json(report, folder / JSON, indent=1)
    _write_text(text, folder / MARKDOWN)
    return text


def newest(parent: str | os.PathLike) -> Path:
    """The newest benchmark.json in the sub-folders of `parent`, trials (`--smoke`) left aside.

    Raises:
        FileNotFoundError: there is none.
    """
    found = sorted(Path(parent).glob(f"*/{JSON}"), key=lambda path: path.stat().st_mtime)
    for path in reversed(found):
        if not _is_trial(load_json(path, "benchmark")):
            return path
    raise FileNotFoundError(f"{parent} holds no benchmark yet; run tools/benchmark.py first")


def refresh(page: str | os.PathLike, results: str | os.PathLike) -> None:
    """Put a run's table between the marks of a Markdown file.

    Args:
        page: holds `BEGIN` and `END`, once each, on lines of their own.
        results: a benchmark.json.

    Raises:
        FileNotFoundError: a file does not exist.
        ValueError: the page does not have the marks, or the run was a trial.
    """
    page = Path(page)
    if not page.is_file():
        raise FileNotFoundError(f"{page} does not exist; name a Markdown file")
    text = page.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{page} must have {BEGIN} and, after it, {END}, once each; add them")
    report = load_json(results, "benchmark")
    if _is_trial(report):
        raise ValueError(f"{results} is of a run with --smoke, whose times mean nothing")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    block = bars_block(report, verdicts(report))
    _write_text(f"{before}{BEGIN}\n{block}\n{END}{after}", page)


def _is_trial(report: Mapping[str, Any]) -> bool:
    return bool(report["settings"].get("smoke"))


def _write_text(text: str, path: Path) -> None:
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
