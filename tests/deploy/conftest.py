"""Networks with weights and statistics that every layer's rounding can be seen in."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from models import build_posenet, load_config

FOLDER = "configs/top_down"
CONFIGS = {
    "lite": f"{FOLDER}/lite_hrnet/coco/litehrnet_18_coco_256x192.py",
    "naive": f"{FOLDER}/naive_litehrnet/coco/naive_litehrnet_18_coco_256x192.py",
    "wider naive": f"{FOLDER}/naive_litehrnet/coco/wider_naive_litehrnet_18_coco_256x192.py",
}


@torch.no_grad()
def randomized(network: nn.Module) -> nn.Module:
    """All weights and statistics drawn, so that maps neither vanish nor explode."""
    torch.manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.normal_(0, module.weight[0].numel() ** -0.5)
            if module.bias is not None:
                module.bias.normal_(0, 0.3)
        elif isinstance(module, nn.BatchNorm2d):
            module.weight.normal_(1, 0.2)
            module.bias.normal_(0, 0.2)
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    return network.eval()


@pytest.fixture(scope="session")
def build(repository):
    """Name of `CONFIGS` → a randomized network; further arguments change `backbone.extra`."""

    def build_network(name: str = "lite", dtype=torch.float32, stages=None, **extra) -> nn.Module:
        cfg = copy.deepcopy(load_config(repository / CONFIGS[name]).model)
        cfg.backbone.extra.update(extra)
        cfg.backbone.extra.stages_spec.update(stages or {})
        return randomized(build_posenet(cfg).to(dtype))

    return build_network


@pytest.fixture(scope="session")
def network(build) -> nn.Module:
    """Lite-HRNet-18 in single precision."""
    return build()


@pytest.fixture(scope="session")
def crops() -> torch.Tensor:
    """Five crops of 64×96."""
    return torch.randn(5, 3, 96, 64, generator=torch.Generator().manual_seed(1))
