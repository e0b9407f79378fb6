"""The network of all sides: one set of weights, fit to be timed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.benchmark.inputs import crops
from models.builder import build_posenet
from models.runtime.seed import seeded


def save_weights(model: Mapping[str, Any], size: tuple[int, int], path: Path) -> None:
    """Random weights for all sides, with batch-norm statistics that belong to them.

    Fresh statistics (mean 0, variance 1) let the signal of an untrained network fade until the
    CPU computes with denormal numbers, at a fraction of its speed; so one batch goes through in
    training mode and leaves its own.

    Args:
        model: a config's `model`.
        size: (w, h) of the input.
        path: the file.
    """
    with seeded(0):
        network = build_posenet(model).train()
    norms = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = None  # the plain average of what it saw
    with torch.no_grad():
        network.forward_tensor(torch.from_numpy(crops(4, size)))
    torch.save(network.state_dict(), path)


def build_network(options: Mapping[str, Any]) -> nn.Module:
    """This project's network, with the weights that all sides have, in eval mode on its device."""
    network = build_posenet(options["model"])
    network.load_state_dict(torch.load(options["weights"], weights_only=True))
    return network.eval().to(options["device"])
