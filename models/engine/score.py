"""One score of a network and of a file made from it, on a config's test set."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from torch import nn

from models.builder import build_dataset
from models.datasets import build_dataloader
from models.deploy import Predictor, build_engine
from models.deploy.engines import Engine
from models.engine.checks import loader_settings
from models.engine.test import run_test


class ScoredSet:
    """A test set with labels.

    Args:
        cfg: the config.

    Attributes:
        score: name of the data set's main score, AP of COCO's.
        whole: the most that it can be.

    Raises:
        FileNotFoundError: the data set is not there.
    """

    def __init__(self, cfg: Any) -> None:
        self._cfg = cfg
        self._dataset = build_dataset(cfg.data.test, {"test_mode": True})
        self.score = self._dataset.key_indicator
        self.whole = self._dataset.FULL_SCORE

    def compare(self, network: nn.Module, engine: Engine, allowed: float) -> dict[str, Any]:
        """Test a network and what was made of it.

        Args:
            network: the training form; PyTorch tests its inference form.
            engine: crops in, heatmaps out.
            allowed: how much lower the engine's score may be, as a share of the whole scale.

        Returns:
            `metric`, its value of the `checkpoint` and of the `file`, number of `persons`, `boxes`.

        Raises:
            ValueError: the engine's score is lower than allowed, or there are no labels.
        """
        size = tuple(self._cfg.data.test.data_cfg.image_size)
        before, after = self._test(build_engine(network, "torch", size)), self._test(engine)
        if before - after > allowed * self.whole:
            raise ValueError(
                f"{self.score} of the file is {after:.4f}, of the checkpoint {before:.4f}: more "
                f"than {allowed * self.whole:g} is lost; nothing is written: export with a higher "
                "precision, or allow more with --max-ap-drop"
            )
        return {
            "metric": self.score,
            "checkpoint": before,
            "file": after,
            "persons": len(self._dataset),
            "boxes": Path(self._dataset.boxes_from).name,
        }

    def _test(self, engine: Engine) -> float:
        model = self._cfg.model
        predictor = Predictor(engine, model.get("test_cfg") or {}, "cpu", model.get("img_norm_cfg"))
        settings = loader_settings(self._cfg, "test")
        loader = build_dataloader(self._dataset, dist=False, each_once=True, **settings)
        with tempfile.TemporaryDirectory() as folder:
            scores = self._dataset.evaluate(run_test(predictor, loader), res_folder=folder)
        if self.score not in scores:
            raise ValueError("the test set has no labels: set data.test to one that has")
        return float(scores[self.score])
