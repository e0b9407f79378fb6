"""What a run folder says of its run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.analysis.logs import PATTERN, RunLog, read_log
from models.runtime.files import load_json

RESULTS = "results.json"


@dataclass(frozen=True, eq=False)
class RunFolder:
    """A training run as its folder shows it.

    Attributes:
        path: of the folder.
        starts: the content of each run_*.json, oldest first: command, started, config, seed,
            environment. Runs of other programs have none.
        log: everything logged; None before the first start has written any.
        config: the merged config of the last start, if it is there.
    """

    path: Path
    starts: list[Mapping[str, Any]]
    log: RunLog | None
    config: Path | None

    @property
    def name(self) -> str:
        """Name of the config, or of the folder."""
        return self.config.stem if self.config else self.path.resolve().name

    @property
    def last_start(self) -> Mapping[str, Any]:
        """The facts of the last start; empty where none were kept."""
        return self.starts[-1] if self.starts else {}

    @property
    def best_checkpoint(self) -> Path | None:
        """The best by validation, else the latest."""
        best = sorted(
            self.path.glob("best_*.pth"), key=lambda path: (path.stat().st_mtime_ns, path.name)
        )
        latest = self.path / "latest.pth"
        return best[-1] if best else latest if latest.exists() else None

    @property
    def examples(self) -> Path | None:
        """The newest folder of example pictures that a validation left."""
        found = list((self.path / "validation" / "examples").glob("epoch_*/examples.json"))
        return max(found, key=lambda path: _number(path.parent.name)).parent if found else None


def read_run_folder(path: str | os.PathLike) -> RunFolder:
    """Read a run folder.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it is none of a run, or one of its files cannot be read.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(
            f"run folder {path} does not exist; give the --work-dir of tools/train.py"
        )
    starts = [load_json(file, "run file") for file in sorted(path.glob("run_*.json"))]
    starts = [start for start in starts if isinstance(start, dict)]
    logged = any(path.glob(PATTERN))
    if not starts and not logged:
        raise ValueError(
            f"{path} is no run folder, for it has neither run_*.json nor {PATTERN}; give the "
            "--work-dir of tools/train.py"
        )
    log = read_log(path) if logged else None
    return RunFolder(path, starts, log, _config(path, starts, log))


def _config(path: Path, starts: list[Mapping[str, Any]], log: RunLog | None) -> Path | None:
    named = starts[-1].get("config") if starts else None
    # of another program: the only one there is
    candidates = [path / f"{Path(str(named)).stem}.py"] if named else sorted(path.glob("*.py"))
    return candidates[0] if len(candidates) == 1 and candidates[0].is_file() else None


def _number(name: str) -> int:
    number = name.rpartition("_")[2]
    return int(number) if number.isdigit() else -1
