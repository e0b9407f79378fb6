"""Products and sums with upsampled maps, against the plain expressions."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from models.layers import add_upsampled, weigh


def upsampled(low: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(low, size=x.shape[-2:], mode="nearest")


@pytest.fixture(params=[(1, 1), (2, 2), (8, 4)], ids=str)
def maps(request) -> tuple[torch.Tensor, torch.Tensor]:
    """A map, and one whose pixels are so many of its rows and columns."""
    rows, columns = request.param
    layout = torch.channels_last
    x = torch.randn(2, 3, 2 * rows, 3 * columns, dtype=torch.float64).to(memory_format=layout)
    low = torch.randn(2, 3, 2, 3, dtype=torch.float64).to(memory_format=layout)
    return x.requires_grad_(), low.requires_grad_()


FUNCTIONS = [
    (weigh, lambda x, low: x * upsampled(low, x)),
    (add_upsampled, lambda x, low: x + upsampled(low, x)),
    (lambda x, low: add_upsampled(x, low, 2.0), lambda x, low: 2 * x + upsampled(low, x)),
]


@pytest.mark.parametrize(("function", "plain"), FUNCTIONS)
def test_values_and_gradients(maps, function, plain):
    direction = torch.randn_like(maps[0])
    results = []
    for f in (function, plain):
        output = f(*maps)
        results.append((output, *torch.autograd.grad(output, maps, direction)))
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize(("function", "plain"), FUNCTIONS)
def test_without_gradients(maps, function, plain):
    with torch.no_grad():
        assert torch.equal(function(*maps), plain(*maps))


def test_mixed_precision(maps):
    x, low = maps
    output = weigh(x.float(), low.bfloat16())
    assert output.dtype == torch.float32
    torch.testing.assert_close(output, x.float() * upsampled(low.bfloat16(), x).float())


def test_no_upsampled_map_is_kept_for_the_backward_pass():
    x = torch.randn(2, 3, 16, 16, requires_grad=True)
    low = torch.randn(2, 3, 4, 4, requires_grad=True)
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: kept.append(tensor.numel()) or tensor, lambda tensor: tensor
    ):
        weigh(x, low)
        add_upsampled(x, low, 2.0)
    assert kept == [x.numel(), low.numel()]
