"""Batch norm in groups of pixels against torch's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models.layers import BatchNorm2d
from models.layers.batch_norm import _GroupedBatchNorm


def pair(channels: int, momentum: float | None = 0.1) -> tuple[nn.Module, nn.Module]:
    """One layer of each kind, with the same weights, in double precision."""
    ours, plain = (
        kind(channels, momentum=momentum).double() for kind in (BatchNorm2d, nn.BatchNorm2d)
    )
    for layer in (ours, plain):
        generator = torch.Generator().manual_seed(1)
        for parameter in layer.parameters():
            parameter.data.normal_(generator=generator)
    return ours, plain


def maps(*shape: int) -> torch.Tensor:
    x = torch.randn(*shape, dtype=torch.float64) * 3 + 5
    return x.contiguous(memory_format=torch.channels_last).requires_grad_()


@pytest.fixture
def calls(monkeypatch) -> list[int]:
    """How many groups each call of our kernel had."""
    calls = []
    apply = _GroupedBatchNorm.apply

    def record(*args):
        calls.append(args[-1])
        return apply(*args)

    monkeypatch.setattr(_GroupedBatchNorm, "apply", record)
    return calls


@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize(
    ("shape", "groups"), [((3, 20, 8, 6), 16), ((1, 7, 2, 3), 2), ((2, 40, 4, 5), 4)]
)
def test_output_gradients_and_statistics_are_torchs(calls, shape, groups, momentum):
    ours, plain = pair(shape[1], momentum)
    for _ in range(3):
        x, direction = maps(*shape), torch.randn(*shape, dtype=torch.float64)
        results = []
        for layer in (ours, plain):
            output = layer(x)
            gradients = torch.autograd.grad(output, [x, *layer.parameters()], direction)
            results.append((output, *gradients, *layer.buffers()))
        for a, b in zip(*results, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)
        assert results[0][0].is_contiguous(memory_format=torch.channels_last)
    assert calls == [groups] * 3


def test_single_precision_is_as_exact_as_torchs():
    exact = pair(20)[1]
    x = maps(8, 20, 32, 24).detach()
    error = []
    for layer in pair(20):
        error.append((layer.float()(x.float()) - exact(x)).abs().max().item())
    assert error[0] < max(2 * error[1], 1e-5)


@pytest.mark.parametrize(
    ("channels", "x"),
    [
        (32, maps(2, 32, 4, 4)),  # vectors are full anyway
        (20, torch.randn(2, 20, 4, 4).double()),  # another layout
        (20, maps(2, 20, 3, 3)),  # no equal groups
    ],
)
def test_elsewhere_it_is_torchs_kernel(calls, channels, x):
    ours, plain = pair(channels)
    assert torch.equal(ours(x), plain(x))
    assert not calls


def test_eval_mode_uses_running_statistics(calls):
    ours, plain = pair(20)
    x = maps(2, 20, 4, 4)
    ours.eval(), plain.eval()
    assert torch.equal(ours(x), plain(x))
    assert not calls


def test_single_value_is_refused_as_torch_refuses_it():
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        BatchNorm2d(20)(torch.randn(1, 20, 1, 1))
