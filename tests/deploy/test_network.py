"""The inference form answers what the training form does; in double precision to 1e-12."""

from __future__ import annotations

import copy

import pytest
import torch
from mmcv.cnn.bricks.registry import CONV_LAYERS
from torch import nn

from models import build_posenet, load_config
from models.backbones.litehrnet import LiteHRNet
from models.deploy import Form, deploy
from models.deploy.network import has_form
from tests.deploy.conftest import CONFIGS, randomized

GRID = (24, 16)
FORMS = {
    "plain": Form(),
    "upsampled": Form(grid=GRID),
    "padded": Form(multiple=16, grid=GRID),
    "padded and broadcast": Form(multiple=16),
}


def difference(network, form, images) -> float:
    with torch.no_grad():
        expected, answered = network.forward_tensor(images), deploy(network, form)(images)
    assert expected.abs().max() > 0.1  # there is something to compare
    return float((answered - expected).abs().max() / expected.abs().max())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("name", ["lite", "naive", "wider naive"])
def test_every_form_of_every_network(build, crops, name, form):
    assert difference(build(name, torch.float64), form, crops[:2].double()) < 1e-12


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_single_precision(network, crops, form):
    assert difference(network, form, crops) < 1e-5


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": {"with_fuse": (False, True, False)}},
        {"stages": {"num_blocks": (1, 3, 2)}},
        {"stages": {"module_type": ("LITE", "NAIVE", "LITE"), "with_fuse": (False, True, True)}},
        {"with_head": False},
        {"stem": {"stem_channels": 32, "out_channels": 40, "expand_ratio": 2}},
    ],
    ids=str,
)
@pytest.mark.parametrize("form", [Form(), Form(multiple=16, grid=GRID)], ids=["plain", "padded"])
def test_networks_of_other_shapes(build, crops, changes, form):
    network = build(dtype=torch.float64, **changes)
    assert difference(network, form, crops[:2].double()) < 1e-12


def test_the_network_is_left_as_it_is(network, crops):
    before = {name: value.clone() for name, value in network.state_dict().items()}
    deployed = deploy(network)
    assert not any(parameter.requires_grad for parameter in deployed.parameters())
    for parameter in deployed.parameters():
        parameter.zero_()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_padded_maps_have_whole_blocks(network, crops):
    """What ONNX Runtime needs to leave maps in its own layout from the stem to the heatmaps."""
    odd = []
    deployed = deploy(network, Form(multiple=16, grid=GRID))

    def look(module, inputs, output):
        if output.shape[1] % 16:
            odd.append(tuple(output.shape))

    for module in deployed.modules():
        if isinstance(module, nn.Conv2d) and module is not deployed.final_layer:
            module.register_forward_hook(look)
    with torch.no_grad():
        deployed(crops)
    assert odd == []


class OtherConv(nn.Conv2d):
    """A convolution that somebody registered."""

    def forward(self, x):
        return super().forward(x) * 2


@pytest.fixture
def other_conv():
    CONV_LAYERS.register_module("OtherConv", module=OtherConv)
    yield
    CONV_LAYERS.module_dict.pop("OtherConv")


@pytest.mark.parametrize("change", ["other convolutions", "other backbone"])
def test_networks_without_a_form_of_their_own(repository, crops, other_conv, change):
    cfg = copy.deepcopy(load_config(repository / CONFIGS["lite"]).model)
    if change == "other convolutions":
        cfg.backbone.conv_cfg = {"type": "OtherConv"}
    network = build_posenet(cfg).double()
    if change == "other backbone":
        network.backbone.__class__ = type("OtherBackbone", (LiteHRNet,), {})
    randomized(network)
    assert not has_form(network)
    assert difference(network, Form(), crops[:2].double()) < 1e-12
    norms = [m for m in deploy(network).modules() if isinstance(m, nn.BatchNorm2d)]
    assert bool(norms) == (change == "other convolutions")


HEADS = [
    {"num_deconv_layers": 1, "num_deconv_filters": 8},
    {"extra": {"num_conv_layers": 1}},
    {"extra": {"final_conv_kernel": 0}, "out_channels": 40},
]


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_heads_without_a_form_of_their_own(repository, crops, head):
    cfg = copy.deepcopy(load_config(repository / CONFIGS["lite"]).model)
    cfg.keypoint_head.update(head)
    network = randomized(build_posenet(cfg).double())
    assert not has_form(network)
    assert difference(network, Form(), crops[:2].double()) < 1e-12


def posenet(**backbone) -> nn.Module:
    head = {"type": "TopDownSimpleHead", "out_channels": 3, "num_deconv_layers": 1}
    return build_posenet({"type": "TopDown", "backbone": backbone, "keypoint_head": head})


def test_batch_norms_of_residual_blocks_are_folded(crops):
    network = randomized(posenet(type="ResNet", depth=18).double())
    assert difference(network, Form(), crops[:2].double()) < 1e-12
    deployed = deploy(network)
    assert not [m for m in deployed.network.backbone.modules() if isinstance(m, nn.BatchNorm2d)]


def test_batch_norms_with_an_activation_in_them_stay(crops):
    """timm's: folded as if they were plain ones, they would lose it."""
    pytest.importorskip("timm", reason="timm is not installed")
    network = posenet(type="TimmBackbone", model_name="efficientnet_lite0", out_indices=(2,))
    network = randomized(network.double())
    network.keypoint_head.deconv_layers[0].weight.data.normal_(0, 0.1)
    assert difference(network, Form(), crops[:2].double()) < 1e-12
