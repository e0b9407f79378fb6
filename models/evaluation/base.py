"""The metric contract: predictions in, batch by batch, and scores out.

    metric = CocoMetric(dataset, res_folder)
    metric.process(predictions)        # as often as there are batches, in each process
    metric.merge(states)               # of several processes: the states of all, in the first one
    scores = metric.compute()          # {"AP": 0.65, ...}

Scores do not depend on how samples are shared among processes, nor on their order. Members are in
`models.evaluation.metrics`; those of a user's own file register in `models.builder.METRICS`.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from models.runtime.names import check_keys

#: what a metric gives besides its `key`
_PARTS = ("process", "state", "merge", "compute")


class Metric(ABC):
    """Scores of a test run on one data set.

    Keyword arguments of a subclass's `__init__`, besides these two, are its options: what users
    write in `evaluation=dict(metric=..., pck_thr=0.2)`.

    Args:
        dataset: that is tested.
        res_folder: where files of results go; None writes none.

    Attributes:
        name: registered type.
        key: score by which checkpoints are compared.
        scores: names of all scores, in order; empty where they are not known beforehand.
        highlights: scores that reports show beside `key`.
        higher_is_better: whether a higher score is better.
        full_score: the score of perfect predictions, where scores are shares of it: 1, or 100 for
            percentages; None for scores without an upper end, as distances are.
        needs: names of what the metric reads of a data set; others cannot be scored by it.
        files: names of the files that `compute` writes into `res_folder`.
        streams: whether it takes each batch in the process that predicted it; else it is given all
            predictions, in the first process, and `state` and `merge` are not asked for.
    """

    name: ClassVar[str] = ""
    key: ClassVar[str]
    scores: ClassVar[tuple[str, ...]] = ()
    highlights: ClassVar[tuple[str, ...]] = ()
    higher_is_better: ClassVar[bool] = True
    full_score: ClassVar[float | None] = 1.0
    needs: ClassVar[tuple[str, ...]] = ()
    files: ClassVar[tuple[str, ...]] = ()
    streams: ClassVar[bool] = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)

    def __init__(self, dataset: Any, res_folder: str | None = None) -> None:
        self.dataset = dataset
        self.res_folder = res_folder

    @abstractmethod
    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        """Take the predictions of a batch, as the network's `postprocess` gives them.

        Raises:
            KeyError, ValueError: predictions that cannot be used; names the sample.
        """

    @abstractmethod
    def state(self) -> Any:
        """What was processed so far: plain values, lists, dicts with text keys, and arrays."""

    @abstractmethod
    def merge(self, states: Sequence[Any]) -> None:
        """Go on from the states of all processes, this one's among them, in place of one's own.

        Args:
            states: of `state`, or what json makes of it: lists in place of arrays.
        """

    @abstractmethod
    def compute(self) -> dict[str, float]:
        """The scores of all that was processed; empty where the data have no ground truth."""

    @classmethod
    def check_options(cls, **options: Any) -> None:
        """Check options before any data are loaded.

        Raises:
            KeyError: the metric takes no such option; names the nearest.
            ValueError: a value that cannot be; says which can.
        """
        known = option_names(cls)
        if known is not None:
            check_keys(options, known, f"metric {cls.name}")


class CollectingMetric(Metric):
    """A metric over whole runs, which cannot be computed before the last batch is there.

    Attributes:
        predictions: all that was processed.
    """

    streams: ClassVar[bool] = False

    def __init__(self, dataset: Any, res_folder: str | None = None) -> None:
        super().__init__(dataset, res_folder)
        self.predictions: list[Mapping[str, Any]] = []

    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        """Keep the predictions."""
        self.predictions += predictions

    def state(self) -> list[Mapping[str, Any]]:
        """The predictions."""
        return self.predictions

    def merge(self, states: Sequence[list[Mapping[str, Any]]]) -> None:
        """Keep the predictions of all processes."""
        self.predictions = [prediction for state in states for prediction in state]


def compute_scores(metrics: Iterable[Metric]) -> dict[str, float]:
    """The scores of several metrics as one table, in their order.

    Raises:
        KeyError: a metric does not give its own main score.
        ValueError: two metrics have a score of the same name.
    """
    scores: dict[str, float] = {}
    for metric in metrics:
        own = metric.compute()
        if own and metric.key not in own:
            raise KeyError(
                f"compute() of {type(metric).__name__} gives {', '.join(own)}, but not its key, "
                f"'{metric.key}'"
            )
        twice = scores.keys() & own.keys()
        if twice:
            raise ValueError(
                f"{type(metric).__name__} and another metric both give a score '{min(twice)}'; "
                "ask for one of them"
            )
        scores.update(own)
    return scores


def option_names(kind: type[Metric]) -> list[str] | None:
    """The options that a metric takes; None where it takes any (`**options`)."""
    parameters = list(inspect.signature(kind).parameters.values())
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters if p.name not in ("dataset", "res_folder")]


def check_metric_type(kind: Any, name: str) -> type[Metric]:
    """Make sure that what is registered as a metric is one, and return it.

    Args:
        kind: the class.
        name: that a user asked for.

    Raises:
        TypeError: it is none; says which part it lacks.
    """
    abstract = getattr(kind, "__abstractmethods__", ())
    lacking = [p for p in _PARTS if p in abstract or not callable(getattr(kind, p, None))]
    if not isinstance(getattr(kind, "key", None), str):
        lacking.append("key")
    said = f"metric '{name}' ({getattr(kind, '__name__', kind)})"
    if lacking:
        raise TypeError(
            f"{said} has no {', '.join(lacking)}; a metric gives {', '.join(_PARTS)} and the name "
            "of its main score as key, see models/evaluation/base.py"
        )
    if not (isinstance(kind, type) and issubclass(kind, Metric)):
        raise TypeError(f"{said} is no metric: derive it from models.evaluation.Metric")
    parameters = inspect.signature(kind).parameters
    for argument in ("dataset", "res_folder"):
        if argument not in parameters:
            raise TypeError(
                f"{said} takes no argument '{argument}'; its __init__ is called with dataset and "
                "res_folder, and options after them"
            )
    return kind


def check_state(metric: Metric) -> None:
    """Make sure that the state of a metric can pass from one process to another.

    Raises:
        TypeError: it holds something else than plain values and arrays; says where.
    """
    found = _not_plain(metric.state(), "state()")
    if found:
        raise TypeError(
            f"metric {type(metric).__name__}: {found}, which does not pass between processes; give "
            "numbers, text, lists, dicts with text keys, and arrays"
        )


def _not_plain(value: Any, where: str) -> str | None:
    """Where a value is no plain one, and what it is there."""
    if value is None or isinstance(value, (bool, int, float, str, np.generic, np.ndarray)):
        return None
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                return f"{where} has the key {key!r}, a {type(key).__name__}"
            found = _not_plain(item, f"{where}['{key}']")
            if found:
                return found
        return None
    if isinstance(value, (list, tuple)):
        parts = (_not_plain(item, f"{where}[{i}]") for i, item in enumerate(value))
        return next((found for found in parts if found), None)
    return f"{where} is a {type(value).__name__}"
