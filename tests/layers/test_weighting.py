"""Channel weights by hand."""

from __future__ import annotations

import torch

from models.layers import ConditionalChannelWeighting, CrossResolutionWeighting, SpatialWeighting


def test_spatial_weights_of_zero_weights_are_one_half():
    layer = SpatialWeighting(8)
    for parameter in layer.parameters():
        torch.nn.init.zeros_(parameter)
    x = torch.randn(2, 8, 3, 5)
    torch.testing.assert_close(layer(x), 0.5 * x)
    assert layer.conv1.conv.bias is not None
    assert layer.conv1.conv.out_channels == 2


def test_bottleneck_is_rounded_down():
    assert CrossResolutionWeighting([20, 40]).conv1.conv.out_channels == 7
    assert CrossResolutionWeighting([20, 40, 80, 160]).conv1.conv.out_channels == 37


def test_every_resolution_sees_the_others():
    layer = CrossResolutionWeighting([4, 8], ratio=2).eval()
    for parameter in layer.parameters():
        parameter.data.uniform_(0.1, 1)
    high, low = torch.rand(1, 4, 8, 8), torch.rand(1, 8, 4, 4)
    before = layer([high, low])
    after = layer([high, low + 1])
    assert before[0].shape == high.shape
    assert before[1].shape == low.shape
    assert not torch.allclose(before[0], after[0])


def test_weights_are_nearest_upsampled():
    layer = CrossResolutionWeighting([2, 4], ratio=1).eval()
    weights = [
        w / x
        for w, x in zip(
            layer([torch.ones(1, 2, 4, 4), torch.rand(1, 4, 2, 2)]), [1, 1], strict=True
        )
    ]
    blocks = weights[0].unfold(2, 2, 2).unfold(3, 2, 2).flatten(-2)
    assert torch.equal(blocks.amax(-1), blocks.amin(-1))


def test_first_half_of_the_channels_passes():
    block = ConditionalChannelWeighting([8, 16], reduce_ratio=2).eval()
    branches = [torch.randn(1, 8, 8, 8), torch.randn(1, 16, 4, 4)]
    for out, x in zip(block(branches), branches, strict=True):
        assert torch.equal(out[:, 0::2], x[:, : x.shape[1] // 2])
