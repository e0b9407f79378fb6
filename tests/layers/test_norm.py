"""Which batch norm is built, for this project's networks and for everybody else."""

from __future__ import annotations

import pytest
from mmcv.cnn import build_norm_layer
from torch import nn

from models.backbones import HRNet, LiteHRNet, ResNet
from models.heads import TopDownSimpleHead
from models.layers import BatchNorm2d, SyncBatchNorm, fast_norm
from tests.backbones.test_hrnet import small
from tests.backbones.test_litehrnet import EXTRA


def norms(module: nn.Module) -> set[type]:
    kinds = {type(m) for m in module.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)}
    assert kinds
    return kinds


@pytest.mark.parametrize("kind", ["BN", "BN2d"])
def test_mmcvs_own_layer_stays_torchs(kind):
    assert type(build_norm_layer({"type": kind}, 4)[1]) is nn.BatchNorm2d


@pytest.mark.parametrize(
    ("kind", "ours"), [("BN", BatchNorm2d), ("BN2d", BatchNorm2d), ("SyncBN", SyncBatchNorm)]
)
def test_name_arguments_and_state(kind, ours, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    cfg = {"type": kind, "momentum": 0.01, "requires_grad": False}
    name, layer = build_norm_layer(fast_norm(cfg), 20)
    assert name == "bn"  # as ConvModule calls it in checkpoints
    assert type(layer) is ours
    assert layer.momentum == 0.01
    assert not layer.weight.requires_grad
    assert list(layer.state_dict()) == list(nn.BatchNorm2d(20).state_dict())
    assert cfg["type"] == kind


def test_other_norms_and_none_stay():
    assert fast_norm({"type": "GN", "num_groups": 2}) == {"type": "GN", "num_groups": 2}
    assert fast_norm(None) is None


@pytest.mark.parametrize(
    "build",
    [
        lambda cfg: LiteHRNet(EXTRA, norm_cfg=cfg),
        lambda cfg: ResNet(18, norm_cfg=cfg),
        lambda cfg: HRNet(small(), norm_cfg=cfg),
    ],
    ids=["LiteHRNet", "ResNet", "HRNet"],
)
def test_backbones_have_the_fast_one(build, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert norms(build({"type": "BN"})) == {BatchNorm2d}
    assert norms(build({"type": "SyncBN"})) == {SyncBatchNorm}


def test_heads_have_the_fast_one():
    head = TopDownSimpleHead(8, 2, num_deconv_layers=1, extra={"num_conv_layers": 1})
    assert norms(head.deconv_layers) == norms(head.final_layer) == {BatchNorm2d}
