"""Deterministic weights for the reference numbers."""

from __future__ import annotations

import zlib

import pytest
import torch
from torch import nn


def _fill_by_name(module: nn.Module) -> None:
    """Draw every tensor from a generator seeded with its name; see tests/golden/README.md."""
    for name, tensor in module.state_dict().items():
        generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
        shape = {"size": tensor.shape, "generator": generator, "dtype": torch.float64}
        if not tensor.is_floating_point():
            tensor.zero_()
        elif tensor.dim() == 4:
            tensor.copy_(torch.randn(**shape) * (0.5 / tensor[0].numel()) ** 0.5)
        elif name.endswith("running_var") or (name.endswith("weight") and tensor.dim() == 1):
            tensor.copy_(torch.rand(**shape) + 0.5)
        else:
            tensor.copy_(torch.randn(**shape) * 0.1)


@pytest.fixture
def fill_by_name():
    """Overwrite all weights and statistics of a network in place, each from its own name."""
    return _fill_by_name
