"""What all sides of a run share: one network with one set of weights, sizes, and peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.benchmark.peers import Peer

if TYPE_CHECKING:
    from models.benchmark.pictures import Pictures


@dataclass(frozen=True)
class Plan:
    """Settings of a run, for the sections to make sides from.

    Attributes:
        config: the config file.
        model: its `model`, in plain values.
        sigma: of its targets.
        optimizer: its `optimizer`.
        weights: file with the `state_dict` of all sides' network.
        size: (w, h) of the network's input.
        peer: mmpose.
        pictures: persons in pictures, for `pipeline` and `test`.
        batch_sizes: of inference.
        train_batch_sizes: of training steps.
        threads: of a side.
        workers: loading processes of a test.
        device: "cpu" or "cuda".
        folder: for files that sides read; removed after the run.
        smoke: everything as small as it gets.
    """

    config: Path
    model: Mapping[str, Any]
    sigma: float
    optimizer: Mapping[str, Any]
    weights: Path
    size: tuple[int, int]
    peer: Peer
    pictures: Pictures | None
    batch_sizes: tuple[int, ...]
    train_batch_sizes: tuple[int, ...]
    threads: int
    workers: int
    device: str
    folder: Path
    smoke: bool = False

    def network_options(self) -> dict[str, Any]:
        """What a side needs to build the network."""
        return {
            "model": dict(self.model),
            "weights": str(self.weights),
            "size": list(self.size),
            "joints": self.joints,
            "device": self.device,
            "threads": self.threads,
        }

    def data_options(self) -> dict[str, Any]:
        """What a side needs to read the pictures."""
        return {
            "config": str(self.config),
            "pictures": self.pictures.as_dict(),
            "size": list(self.size),
            "joints": self.joints,
            "sigma": self.sigma,
        }

    @property
    def joints(self) -> int:
        """K, number of heatmaps."""
        return self.model["keypoint_head"]["out_channels"]
