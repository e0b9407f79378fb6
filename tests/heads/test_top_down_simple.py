"""The head against numbers of mmpose 0.29's, in float64, with weights drawn by their names."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.heads import TopDownSimpleHead


def wave(*shape: int, function=torch.sin) -> torch.Tensor:
    count = torch.Size(shape).numel()
    return function(torch.arange(count, dtype=torch.float64) * 0.37).view(shape)


@torch.no_grad()
def test_deconvolutions_are_mmposes(fill_by_name):
    head = TopDownSimpleHead(
        8,
        3,
        num_deconv_layers=3,
        num_deconv_filters=(8, 4, 4),
        num_deconv_kernels=(4, 3, 2),
        extra={"final_conv_kernel": 3, "num_conv_layers": 1, "num_conv_kernels": (3,)},
    ).double()
    assert head.scale_factor == 8
    norms = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    assert list(head.state_dict()) == [
        *("deconv_layers.0.weight", *(f"deconv_layers.1.{n}" for n in norms)),
        *("deconv_layers.3.weight", *(f"deconv_layers.4.{n}" for n in norms)),
        *("deconv_layers.6.weight", *(f"deconv_layers.7.{n}" for n in norms)),
        *("final_layer.0.weight", "final_layer.0.bias", *(f"final_layer.1.{n}" for n in norms)),
        *("final_layer.3.weight", "final_layer.3.bias"),
    ]
    fill_by_name(head)
    features = wave(2, 8, 2, 3)
    for training, mean, std, value in (
        (False, 0.063800346311, 0.046979661397, 0.119702032021),
        (True, 0.115911519308, 0.473623037040, -0.241761758207),
    ):
        heatmaps = head.train(training)(features)
        assert heatmaps.shape == (2, 3, 16, 24)
        found = heatmaps.mean().item(), heatmaps.std().item(), heatmaps.flatten()[100].item()
        assert found == pytest.approx((mean, std, value), abs=2e-12)


@torch.no_grad()
@pytest.mark.parametrize(
    ("align_corners", "mean", "value"),
    [(False, 0.014335677361, 0.288920008020), (True, 0.018657807078, 0.301686185164)],
)
def test_several_maps_are_mmposes(align_corners, mean, value, fill_by_name):
    head = TopDownSimpleHead(
        (4, 6),
        3,
        in_index=(0, 2),
        input_transform="resize_concat",
        align_corners=align_corners,
    ).double()
    fill_by_name(head)
    heatmaps = head([wave(1, 4, 8, 6), None, wave(1, 6, 4, 3, function=torch.cos)])
    assert (heatmaps.mean().item(), heatmaps.flatten()[100].item()) == pytest.approx(
        (mean, value), abs=2e-12
    )


def test_one_convolution_is_all_that_lite_hrnet_has():
    head = TopDownSimpleHead(40, 17)
    assert list(head.state_dict()) == ["final_layer.weight", "final_layer.bias"]
    assert head.scale_factor == 1


def test_initial_weights():
    head = TopDownSimpleHead(64, 17, num_deconv_layers=3, extra={"num_conv_layers": 1})
    for module in head.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            assert module.weight.std().item() == pytest.approx(0.001, rel=0.05)
            assert module.bias is None or not module.bias.any()
        elif isinstance(module, nn.BatchNorm2d):
            assert module.weight.eq(1).all()
            assert not module.bias.any()


def test_no_final_convolution():
    head = TopDownSimpleHead(8, 5, 1, 5, extra={"final_conv_kernel": 0})
    assert head(torch.zeros(1, 8, 4, 3)).shape == (1, 5, 8, 6)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"num_deconv_layers": -1}, ValueError, "num_deconv_layers=-1 cannot be"),
        (
            {"num_deconv_layers": 2, "num_deconv_filters": (8, 8, 8)},
            ValueError,
            "num_deconv_filters has 3 entries for num_deconv_layers=2; give one a layer",
        ),
        (
            {"num_deconv_layers": 1, "num_deconv_kernels": (5,)},
            ValueError,
            "num_deconv_kernels has 5; use one of 4, 3, 2",
        ),
        ({"extra": {"final_conv_kernel": 5}}, ValueError, "final_conv_kernel=5 .* use 0, 1 or 3"),
        ({"extra": {"final_conv_kernel": 0}}, ValueError, "leaves 8 channels, but out_channels=5"),
        (
            {"extra": {"num_conv_layers": 2, "num_conv_kernels": (1,)}},
            ValueError,
            "num_conv_kernels has 1 entries for extra.num_conv_layers=2",
        ),
        ({"extra": {"final_kernel": 1}}, KeyError, "did you mean 'final_conv_kernel'"),
        ({"input_transform": "multiple_select"}, ValueError, "use 'resize_concat', or None"),
        ({"input_transform": "resize_concat"}, ValueError, "in_channels=8 does not go .* a list"),
        ({"in_index": (0, 1)}, ValueError, "in_index=.0, 1. does not go .* one number"),
        (
            {"input_transform": "resize_concat", "in_channels": (8, 4), "in_index": (0,)},
            ValueError,
            "has 2 entries for 1 of in_index",
        ),
    ],
)
def test_mistakes_in_a_config(change, error, message):
    with pytest.raises(error, match=message):
        TopDownSimpleHead(**{"in_channels": 8, "out_channels": 5, **change})
