"""The json logs of a run: one history of training and validation, however often it was cut."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.runtime.names import nearest

PATTERN = "*.log.json"

#: what a line says besides its values
_PLACE = ("mode", "epoch", "iter")

Entry = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class RunLog:
    """What a run logged, in the order of its iterations.

    Attributes:
        name: of the run folder or of the log file.
        train: a dict a logged interval: epoch (from 1), iter (from 1 in each epoch), and means over
            the interval: lr, data_time, time (seconds an iteration), loss and its parts.
        val: a dict a validation: epoch and scores.
        header: the facts that a log begins with, of the last start; may be empty.
    """

    name: str
    train: list[Entry]
    val: list[Entry]
    header: Mapping[str, Any]

    @property
    def epoch_length(self) -> int:
        """Iterations of an epoch, as far as the log shows them: the largest logged number.

        Logs leave out what follows an epoch's last whole interval.
        """
        return max((entry["iter"] for entry in self.train), default=1)

    @property
    def keys(self) -> list[str]:
        """The names of all logged values, those of training first."""
        found: dict[str, None] = {}
        for entry in (*self.train, *self.val):
            for key, value in entry.items():
                if key not in _PLACE and isinstance(value, (int, float)):
                    found[key] = None
        return list(found)

    def curve(self, key: str) -> tuple[list[float], list[float]]:
        """Epochs, with fractions, and the finite values of a key there.

        A key of training is taken from training, where both have it (`lr`).

        Raises:
            KeyError: nothing of that name was logged; names the nearest.
        """
        if key not in self.keys:
            raise KeyError(f"{self.name} logged no '{key}'{nearest(key, self.keys)}")
        length = self.epoch_length
        points = [
            (entry["epoch"] - 1 + entry["iter"] / length, entry[key])
            for entry in self.train
            if key in entry
        ] or [(float(entry["epoch"]), entry[key]) for entry in self.val if key in entry]
        finite = [(x, float(y)) for x, y in points if math.isfinite(y)]
        return [x for x, _ in finite], [y for _, y in finite]


def log_files(place: str | os.PathLike) -> list[Path]:
    """The log files of a run folder, in the order in which they were begun; or the file itself.

    Raises:
        FileNotFoundError: there is nothing, or a folder without logs.
    """
    place = Path(place)
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise FileNotFoundError(f"log {place} does not exist; give a .log.json or a run folder")
    files = sorted(place.glob(PATTERN))  # names are times
    if not files:
        raise FileNotFoundError(
            f"{place} has no {PATTERN}; give the run folder (--work-dir) of tools/train.py"
        )
    return files


def read_log(place: str | os.PathLike) -> RunLog:
    """Read the log of a run: a .log.json, or a run folder with one for each start.

    Starts are joined by epoch and iteration: where one begins, what earlier ones had logged from
    there on is dropped, for it was trained anew.

    Raises:
        FileNotFoundError: see `log_files`.
        ValueError: a file is no log; names the line.
    """
    files = log_files(place)
    joined: list[Entry] = []
    header: Mapping[str, Any] = {}
    for file in files:
        first, entries = _read_file(file)
        header = first or header
        if entries:
            begin = min(map(_position, entries))
            joined = [entry for entry in joined if _position(entry) < begin] + entries
    name = Path(place).resolve().name.removesuffix(".log.json")
    return RunLog(
        name,
        [entry for entry in joined if entry["mode"] == "train"],
        [entry for entry in joined if entry["mode"] == "val"],
        header,
    )


def _read_file(path: Path) -> tuple[Mapping[str, Any], list[Entry]]:
    """The facts in the first line, and the entries. A last line that is cut short is left out."""
    header: Mapping[str, Any] = {}
    entries: list[Entry] = []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            if number == len(lines) and number > 1:
                continue  # the run was killed while it wrote
            entry = None
        if not isinstance(entry, dict):
            raise ValueError(f"{path}, line {number}, is no json object; give a .log.json of a run")
        if entry.get("mode") in ("train", "val"):
            _check(entry, path, number)
            entries.append(entry)
        elif "mode" not in entry:
            header = entry
    return header, entries


def _check(entry: Entry, path: Path, number: int) -> None:
    for key in ("epoch", "iter"):
        if not isinstance(entry.get(key), int):
            raise ValueError(f"{path}, line {number}, has no number '{key}'; is it a run's log?")


def _position(entry: Entry) -> tuple[int, float]:
    """Where in the run an entry belongs; a validation is its epoch's end."""
    return entry["epoch"], entry["iter"] if entry["mode"] == "train" else math.inf


@dataclass(frozen=True)
class TrainTime:
    """How long iterations took, in seconds.

    Attributes:
        iteration: mean over all logged intervals.
        loading: mean of the part spent waiting for data.
        slowest, fastest: epoch and its mean.
        spread: standard deviation of the epochs' means.
        total: all training so far, without validation: mean times iterations.
    """

    iteration: float
    loading: float
    slowest: tuple[int, float]
    fastest: tuple[int, float]
    spread: float
    total: float


def train_time(log: RunLog) -> TrainTime:
    """Training time of a run.

    Raises:
        ValueError: it logged no times.
    """
    timed = [entry for entry in log.train if "time" in entry]
    if not timed:
        raise ValueError(f"{log.name} logged no training time; has it come to its first interval?")
    epochs: dict[int, list[float]] = {}
    for entry in timed:
        epochs.setdefault(entry["epoch"], []).append(entry["time"])
    means = {epoch: _mean(times) for epoch, times in epochs.items()}
    slowest = max(means, key=means.__getitem__)
    fastest = min(means, key=means.__getitem__)
    center = _mean(means.values())
    last = timed[-1]
    iterations = (last["epoch"] - 1) * log.epoch_length + last["iter"]
    iteration = _mean(entry["time"] for entry in timed)
    return TrainTime(
        iteration=iteration,
        loading=_mean(entry.get("data_time", 0.0) for entry in timed),
        slowest=(slowest, means[slowest]),
        fastest=(fastest, means[fastest]),
        spread=math.sqrt(_mean((mean - center) ** 2 for mean in means.values())),
        total=iteration * iterations,
    )


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return sum(values) / len(values)
