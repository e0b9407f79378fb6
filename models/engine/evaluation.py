"""A network's predictions for a data set, of all processes, and what its metrics say of them.

Validation while training, `tools/test.py` and the comparison of an exported file with its
checkpoint all go through this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn
from torch.utils.data import DataLoader

from models.engine.collect import collect
from models.engine.skipped import skipped_images
from models.engine.test import iterate_predictions
from models.evaluation.base import Metric, compute_scores
from models.networks.base import Forward
from models.runtime.stop import StopRequest


class Evaluation:
    """One test of a network: `run`, then `collect`, then in the first process `scores`.

    Metrics that stream see each batch once, in the process that predicted it; only their states are
    passed on. The others are given all predictions, in the first process.

    Args:
        metrics: new ones, from the data set's `metrics`.
        keep: whether predictions are wanted themselves.

    Attributes:
        predictions: in the first process, after `collect`; none of them where nothing keeps them.
        skipped: image file → why it was left out, likewise.
    """

    def __init__(self, metrics: Sequence[Metric], keep: bool = False) -> None:
        self.metrics = list(metrics)
        self.predictions: list[dict[str, Any]] = []
        self.skipped: dict[str, str] = {}
        self._keep = keep or not all(metric.streams for metric in self.metrics)

    def run(
        self,
        network: nn.Module,
        loader: DataLoader,
        forward: Forward | None = None,
        what: str = "Testing",
        stop: StopRequest | None = None,
    ) -> None:
        """Predict this process's share; arguments as for `run_test`."""
        for predictions in iterate_predictions(network, loader, forward, what, stop):
            self.skipped.update(skipped_images(predictions))
            for metric in self.metrics:
                if metric.streams:
                    metric.process(predictions)
            if self._keep:
                self.predictions += predictions

    def collect(self, tmpdir: str | None = None, gpu_collect: bool = False) -> bool:
        """Bring all shares together; all processes must call this. Arguments as for `collect`.

        Returns:
            Whether this is the first process, which has them now.
        """
        streaming = [metric for metric in self.metrics if metric.streams]
        part = {
            "states": [metric.state() for metric in streaming],
            "predictions": self.predictions,
            "skipped": self.skipped,
        }
        parts = collect(part, tmpdir, gpu_collect)
        if parts is None:
            return False
        self.predictions = [prediction for part in parts for prediction in part["predictions"]]
        self.skipped = {file: why for part in parts for file, why in part["skipped"].items()}
        if len(parts) > 1:
            for i, metric in enumerate(streaming):
                metric.merge([part["states"][i] for part in parts])
        return True

    def scores(self) -> dict[str, float]:
        """What all metrics compute; in the first process, once."""
        for metric in self.metrics:
            if not metric.streams:
                metric.process(self.predictions)
        return compute_scores(self.metrics)
