"""The network contract: what training, testing, counting and export ask of a task.

A task is one class. Whoever runs it knows neither what its output means nor what its samples hold:

    training     losses(batch)                → scalars, of which those called '…loss' are summed
    testing      predict(batch) → postprocess → predictions, which the metrics of the data set take
    everything   forward_tensor(images)       → what is counted, accelerated, exported and timed
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor, nn

from models.networks.card import NetworkCard
from models.networks.forward_config import ForwardConfig

Forward = Callable[[Tensor], Tensor]
"""Stands in for `forward_tensor`: an engine."""


Run = Callable[[Callable[[Tensor], Any], Tensor], Any]
"""What a function of the network makes of images, in the layout and precision of the config."""

DEFAULT_RUN: Run = ForwardConfig()


class Network(nn.Module, ABC):
    """A network with its losses and predictions.

    Attributes:
        input_size: (w, h) of images where the config's data do not say it; None if it has none.
        size_divisor: what the sides of an image must be multiples of.
        num_views: images that `predict` passes through the network for one sample.
        output_name: what exported files call the output of `forward_tensor`.
    """

    input_size: tuple[int, int] | None = None
    size_divisor: int = 1
    num_views: int = 1
    output_name: str = "output"

    @abstractmethod
    def forward_tensor(self, img: Tensor) -> Tensor:
        """Normalised images (B, 3, H, W) → output (B, …), one view, no decoding."""

    @abstractmethod
    def losses(self, batch: Mapping[str, Any], run: Run = DEFAULT_RUN) -> dict[str, Tensor]:
        """Scalars of a training batch; those with 'loss' in their name are summed and minimised.

        Args:
            batch: as the data set's pipeline collects it, on the network's device.
            run: called as `run(self.forward_tensor, img)` (or with another function of the images)
                in place of the function itself, so that it is computed in the layout and precision
                that the config asks for; see `ForwardConfig`.
        """

    @abstractmethod
    def postprocess(self, output: Any, metas: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Predictions of a batch, on the host, in a thread beside the network.

        Args:
            output: what `predict` returned, as arrays.
            metas: `img_metas`, one dict a sample. A sample whose meta has `skipped` stands in for
                one whose image cannot be read and is left out.

        Returns:
            What the metrics of the data set read: arrays and plain values, each dict of one sample
            or of several. `skipped`, file → reason, is passed on in them.
        """

    def predict(self, batch: Mapping[str, Any], forward: Forward | None = None) -> Tensor:
        """The output for a test batch, on the device, averaged over views where there are several.

        Args:
            batch: `img` and `img_metas`, as the test pipeline collects them.
            forward: an engine in the place of `forward_tensor`.
        """
        return (forward or self.forward_tensor)(batch["img"])

    def forward(
        self,
        img: Tensor,
        img_metas: Sequence[Mapping[str, Any]] | None = None,
        return_loss: bool = True,
        **more: Any,
    ) -> dict[str, Tensor] | Tensor:
        """mmcv's call: losses while training, the output while testing."""
        batch = {"img": img, "img_metas": img_metas, **more}
        return self.losses(batch) if return_loss else self.predict(batch)

    def train_step(
        self,
        data_batch: Mapping[str, Any],
        optimizer: Any,
        run: Run = DEFAULT_RUN,
        **_: Any,
    ) -> dict[str, Any]:
        """One iteration as mmcv's Runner asks for it: loss, log variables, number of samples.

        Log variables are numbers, but tensors on a GPU: to read one waits for all that is queued.
        """
        losses = self.losses(data_batch, run)
        loss = sum(value for name, value in losses.items() if "loss" in name)
        log_vars = {name: _loggable(value) for name, value in (*losses.items(), ("loss", loss))}
        return {"loss": loss, "log_vars": log_vars, "num_samples": len(data_batch["img"])}

    # What a task may add.

    def dataset_args(self) -> dict[str, Any]:
        """Arguments that its data sets take from the network; see `build_split`."""
        return {}

    def drawn_inputs(
        self, count: int, input_size: tuple[int, int], pipeline: Sequence[Any]
    ) -> tuple[Tensor, str] | None:
        """Images for checks where there is no data set, and what they show; None for noise.

        Args:
            count: how many.
            input_size: (w, h) of the images.
            pipeline: of the config's test set.
        """
        return None

    def card(self, cfg: Mapping[str, Any], data: Mapping[str, Any]) -> NetworkCard:
        """What a model card says of the network.

        Args:
            cfg: the config.
            data: what its data set says of itself, see `EvaluatedDataset.facts_of`.
        """
        return NetworkCard(f"A network of the type `{type(self).__name__}`")

    def closeness(
        self, expected: np.ndarray, predicted: np.ndarray, input_size: tuple[int, int]
    ) -> dict[str, float]:
        """How close two outputs of `forward_tensor` are in the task's own measures, 0 to 1.

        Args:
            expected: (B, …) the network's.
            predicted: (B, …) an exported file's.
            input_size: (w, h) of the images.
        """
        return {}


def check_network(network: Any) -> Network:
    """Make sure that what a config's `model` builds is a network, and return it.

    Raises:
        TypeError: it is not.
    """
    if not isinstance(network, Network):
        parts = [p for p in sorted(Network.__abstractmethods__) if not hasattr(network, p)]
        lacks = f" and lacks {', '.join(parts)}" if parts else ""
        raise TypeError(
            f"model.type='{type(network).__name__}' is no network{lacks}: derive it from "
            "models.networks.Network"
        )
    return network


def _loggable(value: Tensor) -> Tensor | float:
    return value.item() if value.device.type == "cpu" else value.detach()
