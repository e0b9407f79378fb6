"""Whether a data set has the metrics and scores that a config's `evaluation` names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.builder import DATASETS
from models.evaluation.coco import STATISTICS
from models.runtime.names import check_keys, nearest

KEYS = (
    *("metric", "interval", "start", "by_epoch", "save_best", "rule"),
    *("tmpdir", "gpu_collect", "examples"),
)


def check_evaluation(data: str, settings: Mapping[str, Any]) -> None:
    """Check the section before any data are loaded.

    Args:
        data: registered type of the validation set.
        settings: the section, in canonical spelling.

    Raises:
        KeyError: an unknown key, metric or score; names the nearest.
    """
    check_keys(settings, KEYS, "evaluation")
    kind = DATASETS.get(data)
    if kind is None:
        raise KeyError(f"{data} is not a dataset{nearest(str(data), DATASETS.module_dict)}")
    metrics = settings.get("metric") or next(iter(kind.METRICS))
    for name in [metrics] if isinstance(metrics, str) else metrics:
        if name not in kind.METRICS:
            raise KeyError(
                f"evaluation: {data} has no metric '{name}'{nearest(name, kind.METRICS)}"
            )
    best = settings.get("save_best")
    known = STATISTICS if "mAP" in kind.METRICS else None
    if best is not None and known and best not in known:
        raise KeyError(
            f"evaluation.save_best='{best}' is no score of {data}{nearest(str(best), known)}"
        )
