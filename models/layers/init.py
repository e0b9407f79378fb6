"""The one weight initialisation of the published training code."""

from __future__ import annotations

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def init_normal(module: nn.Module, std: float = 0.001) -> None:
    """Convolutions N(0, `std`²) with bias 0, batch norms weight 1 and bias 0, in place."""
    for layer in module.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, std=std)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, _BatchNorm):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)
