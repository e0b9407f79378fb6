"""An engine in the place of a network."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from models.codecs import average_views
from models.deploy.engines import Engine
from models.posenets.normalization import build_normalization, network_input


class Predictor:
    """What the test loop wants of a network, answered by an engine.

    Args:
        engine: crops in, heatmaps out.
        test_cfg: the network's.
        device: where the engine computes.
        img_norm_cfg: the network's, for crops that come as bytes.
    """

    def __init__(
        self,
        engine: Engine,
        test_cfg: Mapping[str, Any],
        device: torch.device | str = "cpu",
        img_norm_cfg: Mapping[str, Any] | None = None,
    ) -> None:
        self.engine = engine
        self.test_cfg = test_cfg
        self.device = torch.device(device)
        self.normalize = build_normalization(img_norm_cfg)
        if self.normalize is not None:
            self.normalize = self.normalize.to(self.device)

    def warm_up(self, batch_size: int, input_size: tuple[int, int]) -> float:
        """Let the engine prepare for a size of batch and of crops (w, h); seconds that it took."""
        width, height = input_size
        begin = time.perf_counter()
        self.engine(torch.zeros(batch_size, 3, height, width, device=self.device))
        return time.perf_counter() - begin

    def predict(self, img: Tensor, flip_pairs: Sequence[tuple[int, int]] | None = None) -> Tensor:
        """Heatmaps (B, K, H/4, W/4) of crops, as `TopDown.predict` answers them."""
        img = network_input(img.to(self.device), self.normalize)
        shift = self.test_cfg.get("shift_heatmap", False)
        average = self.test_cfg.get("average_clips", "score")
        return average_views(self.engine, img, flip_pairs, shift, average)
