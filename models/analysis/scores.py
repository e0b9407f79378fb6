"""What scores mean: the metric that a score is of, and so its scale and its direction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.builder import DATASETS, metric_types
from models.evaluation import Metric

#: of an entry of a log, what is no score
NO_SCORES = ("mode", "epoch", "iter", "lr")

Metrics = Sequence[type[Metric]]


def metrics_of(cfg: Mapping[str, Any] | None, split: str = "val") -> Metrics:
    """The metrics that a config's `evaluation` asks of a split's data set.

    Args:
        cfg: a whole config; None, or one whose data set has no metrics: all that are registered.
        split: 'val' or 'test'.

    Raises:
        KeyError: a metric is unknown.
    """
    section = ((cfg or {}).get("data") or {}).get(split) or {}
    kind = DATASETS.get(section.get("type", ""))
    if hasattr(kind, "metric_types"):
        return list(kind.metric_types((cfg.get("evaluation") or {}).get("metric")).values())
    return list(metric_types().values())


def fractions(scores: Mapping[str, Any], metrics: Metrics) -> dict[str, float]:
    """Scores as shares of their metric's full score, as published tables have them.

    Distances, and scores of no known metric, stay as they are. What is no number is left out.
    """
    values = {name: v for name, v in scores.items() if isinstance(v, (int, float))}
    return {name: value * _factor(name, metrics) for name, value in values.items()}


def main_score(names: Iterable[str], metrics: Metrics) -> tuple[str, bool] | None:
    """The score that stands for all, and whether higher is better; None without any.

    Args:
        names: of the scores there are, in their order.
        metrics: that they can be of; the first one's key comes first.
    """
    names = list(names)
    for metric in metrics:
        if metric.key in names:
            return metric.key, metric.higher_is_better
    return (names[0], True) if names else None


def scores_of_entry(entry: Mapping[str, Any]) -> dict[str, float]:
    """The scores of a validation in a log."""
    return {
        name: value
        for name, value in entry.items()
        if name not in NO_SCORES and isinstance(value, (int, float))
    }


def _factor(name: str, metrics: Metrics) -> float:
    known = [metric for metric in metrics if name == metric.key or name in metric.scores]
    unsaid = [metric for metric in metrics if not metric.scores]
    metric = next(iter([*known, *unsaid]), None)
    return 1 / metric.full_score if metric is not None and metric.full_score else 1
