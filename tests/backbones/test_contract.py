"""What a backbone of somebody else's must give, and who says so when it does not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.backbones import Backbone, check_backbone, check_size
from models.builder import BACKBONES, build_posenet


class Plain(nn.Module):
    """Not derived from `Backbone`: maps at strides 8 and 4."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 4, stride=4)
        self.second = nn.Conv2d(6, 5, 2, stride=2)
        self.out_channels = [5, 6]
        self.strides = [8, 4]

    def forward(self, img):
        x = self.first(img)
        return [self.second(x), x]


@pytest.fixture
def registered():
    """`Plain` under its name, for one test."""
    BACKBONES.register_module(module=Plain)
    yield
    del BACKBONES.module_dict["Plain"]


def changed(**attributes) -> Plain:
    network = Plain()
    for name, value in attributes.items():
        setattr(network, name, value)
    return network


def test_plain_module_will_do():
    network = Plain().train()
    check_backbone(network, (16, 24))
    assert network.training


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            {"out_channels": None},
            "backbone Plain has no `out_channels`: give a tuple, the channels",
        ),
        ({"strides": None}, "backbone Plain has no `strides`: give a tuple, the image pixels"),
        ({"out_channels": 5}, "has out_channels=5, not a proper"),
        ({"strides": (8, 0)}, r"has strides=\(8, 0\), not a proper"),
        ({"strides": (8, 4.0)}, "not a proper"),
        ({"strides": ()}, "not a proper"),
        ({"strides": (8,)}, "declares 2 out_channels and 1 strides; give one of each"),
        ({"size_divisor": 0}, "size_divisor=0; give the whole number"),
    ],
)
def test_what_is_missing_is_named(attributes, message):
    with pytest.raises(ValueError, match=message):
        check_backbone(changed(**attributes))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"strides": (8, 8)}, r"map 1 as \(1, 6, 6, 4\) for an image of 16×24.*strides\[1\]=8"),
        ({"out_channels": (5, 7)}, r"out_channels\[1\]=7 .* correct what it declares"),
        ({"out_channels": (5,), "strides": (8,)}, "declares 1 strides, but forward returns 2 maps"),
        ({"forward": lambda img: img}, "returns a single tensor; return a list"),
    ],
)
def test_what_is_declared_is_held_against_the_maps(attributes, message):
    network = changed(**attributes)
    check_backbone(network)
    with pytest.raises(ValueError, match=message):
        check_backbone(network, (16, 24))


def posenet(**head) -> nn.Module:
    return build_posenet(
        {
            "type": "TopDown",
            "backbone": {"type": "Plain"},
            "keypoint_head": {"type": "TopDownSimpleHead", "out_channels": 3, **head},
            "loss_pose": {"type": "JointsMSELoss", "use_target_weight": True},
        }
    )


@pytest.mark.parametrize(
    ("head", "channels", "size"),
    [
        ({}, 5, (3, 2)),
        ({"num_deconv_layers": 1}, 5, (6, 4)),
        ({"in_index": 1}, 6, (6, 4)),
        ({"in_index": -1}, 6, (6, 4)),
        ({"in_index": (1, 0), "input_transform": "resize_concat"}, 11, (6, 4)),
    ],
)
def test_head_fits_itself_to_the_map_it_reads(registered, head, channels, size):
    network = posenet(**head)
    assert network.keypoint_head.in_channels == channels
    assert network.eval()(torch.zeros(1, 3, 24, 16), return_loss=False).shape == (1, 3, *size)


def test_map_that_is_not_there(registered):
    with pytest.raises(ValueError, match=r"in_index=2, but the backbone returns 2 maps"):
        posenet(in_index=2)


def test_incomplete_backbone_is_told_when_it_is_built(registered, monkeypatch):
    monkeypatch.setattr(Plain, "__init__", lambda self: nn.Module.__init__(self))
    with pytest.raises(ValueError, match="backbone Plain has no `out_channels`"):
        posenet()


def test_defaults_of_the_base_class():
    network = Backbone()
    assert network.size_divisor == 1
    assert network.train() is network
    assert network.eval() is network
    with pytest.raises(NotImplementedError, match="Backbone has no forward"):
        network(torch.zeros(1, 3, 8, 8))


@pytest.mark.parametrize(("width", "height", "good"), [(30, 32, 32), (32, 100, 96), (0, 32, 16)])
def test_sizes_of_any_divisor(width, height, good):
    check_size(32, 48, 16)
    with pytest.raises(ValueError, match=f"is no multiple of 16; use {good}"):
        check_size(width, height, 16)
