"""Which kernel the optimizer runs, and that it makes the same steps."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.engine.optimizer import build_optimizer


@pytest.mark.parametrize("kind", ["Adam", "AdamW", "SGD"])
def test_fused_steps_are_the_plain_ones(kind):
    networks = []
    for choice in ({}, {"fused": False, "foreach": False}):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(4, 8), nn.Linear(8, 2)).double()
        optimizer = build_optimizer(network, {"type": kind, "lr": 0.01, **choice})
        assert bool(optimizer.defaults["fused"]) is not bool(choice)
        for _ in range(5):
            optimizer.zero_grad()
            network(torch.ones(3, 4, dtype=torch.float64)).square().sum().backward()
            optimizer.step()
        networks.append(network)
    for a, b in zip(*(network.parameters() for network in networks), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-13, atol=1e-15)


def test_other_kernels_and_optimizers_are_left_alone():
    network = nn.Linear(2, 2)
    assert build_optimizer(network, {"type": "Adam", "foreach": True}).defaults["fused"] is None
    assert "fused" not in build_optimizer(network, {"type": "RMSprop", "lr": 0.1}).defaults


def test_settings_for_some_parameters():
    optimizer = build_optimizer(
        nn.Linear(2, 2),
        {"type": "SGD", "lr": 0.1, "paramwise_cfg": {"bias_lr_mult": 2.0}},
    )
    assert sorted(group["lr"] for group in optimizer.param_groups) == [0.1, 0.2]


def test_settings_are_not_changed():
    settings = {"type": "Adam", "lr": 0.1}
    build_optimizer(nn.Linear(2, 2), settings)
    assert settings == {"type": "Adam", "lr": 0.1}
