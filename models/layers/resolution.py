"""Between branches: a map times, or plus, one of 2ⁿ times lower resolution.

Nearest upsampling repeats pixels, and its gradient is a sum over the repeats. torch's kernels for
that gradient and for adaptive pooling find out for every pixel where it belongs; here sizes are
whole multiples of each other, so that pooling with a fixed kernel gives the very same sums faster.
The functions below also keep no upsampled map for the backward pass.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import FunctionCtx, once_differentiable


def weigh(x: Tensor, weights: Tensor) -> Tensor:
    """`x` times nearest-upsampled weights.

    Args:
        x: (B, C, k·H, k·W) for a whole k.
        weights: (B, C, H, W).

    Returns:
        (B, C, k·H, k·W).
    """
    if x.shape == weights.shape:
        return x * weights
    if _needs_own_gradient(x, weights):
        return _Weigh.apply(x, weights)
    return x * _upsample(weights, x)


def add_upsampled(x: Tensor, low: Tensor, factor: float = 1.0) -> Tensor:
    """`factor`·x + nearest-upsampled `low`.

    Args:
        x: (B, C, k·H, k·W) for a whole k.
        low: (B, C, H, W).
        factor: of x.

    Returns:
        (B, C, k·H, k·W).
    """
    if _needs_own_gradient(x, low):
        return _AddUpsampled.apply(x, low, factor)
    return torch.add(_upsample(low, x), x, alpha=factor)


def _needs_own_gradient(x: Tensor, low: Tensor) -> bool:
    """Not where a compiler or tracer is to see what is computed, nor for mixed precisions."""
    return (
        torch.is_grad_enabled()
        and (x.requires_grad or low.requires_grad)
        and x.dtype == low.dtype
        and not torch.compiler.is_compiling()
        and not torch.jit.is_tracing()
    )


def _upsample(low: Tensor, x: Tensor) -> Tensor:
    return F.interpolate(low, size=x.shape[-2:], mode="nearest")


def _sum_pool(x: Tensor, low: Tensor) -> Tensor:
    """Sums over the pixels of `x` that belong to one of `low`."""
    kernel = x.shape[-2] // low.shape[-2], x.shape[-1] // low.shape[-1]
    return F.avg_pool2d(x, kernel, kernel, divisor_override=1)


class _Weigh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(x, weights)
        return _upsample(weights, x).mul_(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, weights = ctx.saved_tensors
        return _upsample(weights, x).mul_(grad), _sum_pool(grad * x, weights)


class _AddUpsampled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, low: Tensor, factor: float) -> Tensor:
        ctx.factor, ctx.kernel = (
            factor,
            (x.shape[-2] // low.shape[-2], x.shape[-1] // low.shape[-1]),
        )
        return _upsample(low, x).add_(x, alpha=factor)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Any, ...]:
        low = F.avg_pool2d(grad, ctx.kernel, ctx.kernel, divisor_override=1)
        return (grad if ctx.factor == 1 else grad * ctx.factor), low, None
