"""Batch norm of channels-last maps on the CPU, without torch's slow path for odd channel counts.

torch's kernel for channels-last maps works through the C channels of one pixel at a time. Where C
is no multiple of the vector width (Lite-HRNet's 20 and 40, say) the rest is copied through a
buffer, which makes it several times slower. In memory, a run of k pixels with C channels is one
pixel with k·C channels, and the same kernels are fast on that view: they give means and variances
of k groups of pixels, which are then brought together.

This is exact. With equally large groups, the mean is the mean of the groups' means, and the
variance is the mean of their variances plus the variance of their means; sums in the backward pass
are the sums of the groups' sums.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmcv.cnn import NORM_LAYERS
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable

_kernels = torch.ops.aten

#: C·k that is a multiple of this fills vectors of any width there is
_WIDTH = 16


@NORM_LAYERS.register_module(name="LiteBN")
class BatchNorm2d(nn.BatchNorm2d):
    """torch's layer with another kernel for training on channels-last maps on the CPU.

    Configs say 'BN', which `fast_norm` maps to this one. Arguments, state and results are torch's,
    up to rounding.
    """

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) → the same shape."""
        groups = self._groups(input)
        if groups == 1:
            return super().forward(input)
        output, mean, var = _GroupedBatchNorm.apply(input, self.weight, self.bias, self.eps, groups)
        if self.track_running_stats:
            self._track(mean, var, input.numel() // input.shape[1])
        return output

    def _groups(self, x: Tensor) -> int:
        """Into how many groups the pixels go; 1 where torch's own kernel is as good."""
        if (
            not self.training
            or torch.compiler.is_compiling()
            or torch.jit.is_tracing()
            or x.dim() != 4
            or x.device.type != "cpu"
            or not self.affine
            or x.dtype != self.weight.dtype
            or x.shape[1] % _WIDTH == 0
            or not x.is_contiguous(memory_format=torch.channels_last)
        ):
            return 1
        pixels, groups = x.shape[2] * x.shape[3], _WIDTH
        while pixels % groups:
            groups //= 2
        return groups

    @torch.no_grad()
    def _track(self, mean: Tensor, var: Tensor, count: int) -> None:
        """Move the running statistics as torch does; the variance is kept unbiased."""
        self.num_batches_tracked += 1
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(var * (count / (count - 1)), share)


def _in_groups(x: Tensor, groups: int) -> Tensor:
    """(B, C, H, W) in channels-last layout → a view (B, groups·C, H·W/groups, 1) of it."""
    rows = x.permute(0, 2, 3, 1).reshape(len(x), -1, 1, groups * x.shape[1])
    return rows.permute(0, 3, 1, 2)


def _for_groups(groups: int, *values: Tensor) -> Sequence[Tensor]:
    """Values (C,) of the channels, repeated for the channels of all groups: (groups·C,)."""
    stacked = torch.stack(values)[:, None]
    return stacked.expand(-1, groups, -1).reshape(len(values), -1).unbind()


class _GroupedBatchNorm(torch.autograd.Function):
    """Output, mean and biased variance; only the output has a gradient."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor, eps: float, groups: int
    ) -> tuple[Tensor, Tensor, Tensor]:
        grouped = _in_groups(x, groups)
        means, variances = torch.batch_norm_update_stats(grouped, None, None, 0.0)
        means, variances = means.view(groups, -1), variances.view(groups, -1)
        mean = means.mean(0)
        var = (variances + (means - mean).square()).mean(0)
        # With given statistics, the kernel applies them: eval mode.
        output = torch.empty_like(x)
        unused = x.new_empty(0), x.new_empty(0)
        _kernels.native_batch_norm.out(
            grouped,
            *_for_groups(groups, weight, bias, mean, var),
            False,
            0.0,
            eps,
            out=_in_groups(output, groups),
            save_mean=unused[0],
            save_invstd=unused[1],
        )
        ctx.save_for_backward(x, weight, mean, (var + eps).rsqrt())
        ctx.groups, ctx.eps = groups, eps
        ctx.mark_non_differentiable(mean, var)
        return output, mean, var

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, mean, rstd = ctx.saved_tensors
        groups, count = ctx.groups, x.numel() // x.shape[1]
        grad = grad.contiguous(memory_format=torch.channels_last)
        grouped_x, grouped_grad = _in_groups(x, groups), _in_groups(grad, groups)
        # Σ g·(x - mean)·rstd and Σ g, of each group: gradients of weight and bias.
        _, weights, biases = _kernels.native_batch_norm_backward(
            *(grouped_grad, grouped_x, None, None, None),
            *_for_groups(groups, mean, rstd),
            *(True, ctx.eps, [False, True, True]),
        )
        grad_weight, grad_bias = weights.view(groups, -1).sum(0), biases.view(groups, -1).sum(0)
        # weight·rstd·(g - Σg/n - (x - mean)·rstd·Σ(g·(x - mean)·rstd)/n), as a·g + b·x + c
        a = weight * rstd
        b = -a * rstd * grad_weight / count
        c = -a * grad_bias / count - b * mean
        a, b, c = (t.view(1, -1, 1, 1) for t in _for_groups(groups, a, b, c))
        grad_x = torch.empty_like(x)
        torch.addcmul(c, grouped_x, b, out=_in_groups(grad_x, groups)).addcmul_(grouped_grad, a)
        return grad_x, grad_weight, grad_bias, None, None
