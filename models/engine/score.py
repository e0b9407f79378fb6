"""One score of a network and of a file made from it, on a config's test set."""

from __future__ import annotations

import tempfile
from typing import Any

from models.datasets import build_dataloader
from models.deploy import build_engine
from models.engine.checks import loader_settings
from models.engine.evaluation import Evaluation
from models.networks import Network, build_split
from models.networks.base import Forward


class ScoredSet:
    """A test set with ground truth.

    Args:
        cfg: the config.
        network: that will be tested, or one like it.

    Attributes:
        score: name of the main score of the data set's own metric.

    Raises:
        FileNotFoundError: the data set is not there.
    """

    def __init__(self, cfg: Any, network: Network) -> None:
        self._cfg = cfg
        self._dataset = build_split(cfg, "test", network)
        (self._metric,) = self._dataset.metric_types().values()
        self.score = self._metric.key

    def compare(self, network: Network, forward: Forward, allowed: float) -> dict[str, Any]:
        """Test a network and what was made of it.

        Args:
            network: with its weights; PyTorch tests its inference form.
            forward: an engine that runs the file.
            allowed: how much worse the file's score may be, as a share of the whole scale; of a
                scale without an end, of the checkpoint's score.

        Returns:
            `metric`, its value of the `checkpoint` and of the `file`, number of `samples` and what
            they are (`tested_on`).

        Raises:
            ValueError: the file's score is worse than allowed, or there is no ground truth.
        """
        before = self._test(network, build_engine(network))
        after = self._test(network, forward)
        lost = before - after if self._metric.higher_is_better else after - before
        most = allowed * (self._metric.full_score or abs(before))
        if lost > most:
            raise ValueError(
                f"{self.score} of the file is {after:.4f}, of the checkpoint {before:.4f}: more "
                f"than {most:g} is lost; nothing is written: export with a higher precision, or "
                "allow more with --max-ap-drop"
            )
        return {
            "metric": self.score,
            "checkpoint": before,
            "file": after,
            "samples": len(self._dataset),
            "tested_on": self._dataset.tested_on,
        }

    def _test(self, network: Network, forward: Forward) -> float:
        loader = build_dataloader(
            self._dataset, dist=False, each_once=True, **loader_settings(self._cfg, "test")
        )
        with tempfile.TemporaryDirectory() as folder:
            evaluation = Evaluation(self._dataset.metrics(res_folder=folder))
            evaluation.run(network, loader, forward)
            evaluation.collect()
            scores = evaluation.scores()
        if self.score not in scores:
            raise ValueError("the test set has no ground truth: set data.test to one that has")
        return float(scores[self.score])
