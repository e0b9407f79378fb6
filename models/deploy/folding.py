"""Batch norms folded into the convolutions in front of them.

In eval mode a batch norm is y = (x − mean) · f + bias with f = weight / √(var + eps): a constant
factor and shift per channel, which the convolution's own weights and bias can take over. Folding is
done in float64, so that the only difference is the rounding of the folded weights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from mmcv.cnn import ConvModule
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from models.deploy.order import arranged


@dataclass(frozen=True, eq=False)
class FoldedConv:
    """Weights of a convolution with its batch norm.

    Attributes:
        weight: (out, in / groups, k, k) float64.
        bias: (out,) float64.
        stride: of the convolution.
        activation: what follows it: 'relu', 'sigmoid' or ''.
    """

    weight: Tensor
    bias: Tensor
    stride: int = 1
    activation: str = ""

    def inputs(self, order: Tensor) -> FoldedConv:
        """For a map whose channels stand in `order`."""
        return replace(self, weight=arranged(self.weight, order, 1))

    def outputs(self, order: Tensor) -> FoldedConv:
        """Emitting its channels in `order`."""
        weight, bias = arranged(self.weight, order, 0), arranged(self.bias, order, 0)
        return replace(self, weight=weight, bias=bias)

    def times(self, factor: float) -> FoldedConv:
        """With an answer `factor` times as large; of a convolution without activation."""
        return replace(self, weight=self.weight * factor, bias=self.bias * factor)

    def layer(self, depthwise: bool = False) -> nn.Module:
        """The layer that computes it, in float64."""
        out_channels, in_channels, kernel = self.weight.shape[:3]
        groups = out_channels if depthwise else 1
        # Left uninitialised: drawing weights would move the generator of a run that evaluates.
        conv = nn.utils.skip_init(
            nn.Conv2d,
            in_channels * groups,
            out_channels,
            kernel,
            self.stride,
            kernel // 2,
            groups=groups,
            dtype=torch.float64,
        )
        with torch.no_grad():
            conv.weight.copy_(self.weight)
            conv.bias.copy_(self.bias)
        if not self.activation:
            return conv
        following = nn.ReLU() if self.activation == "relu" else nn.Sigmoid()
        return nn.Sequential(conv, following)


@torch.no_grad()
def fold(conv: nn.Conv2d, norm: nn.Module | None = None, activation: str = "") -> FoldedConv:
    """Fold a batch norm, if there is one, into the convolution in front of it."""
    weight = conv.weight.detach().double()
    bias = torch.zeros(len(weight)) if conv.bias is None else conv.bias.detach()
    bias = bias.double().to(weight.device)
    if norm is not None:
        factor = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = weight * factor.view(-1, 1, 1, 1)
        bias = (bias - norm.running_mean.double()) * factor + norm.bias.double()
    return FoldedConv(weight.cpu(), bias.cpu(), conv.stride[0], activation)


def fold_module(module: ConvModule) -> FoldedConv:
    """Fold mmcv's convolution + norm + activation."""
    activation = ""
    if module.with_activation:
        activation = "sigmoid" if isinstance(module.activate, nn.Sigmoid) else "relu"
    return fold(module.conv, module.norm if module.with_norm else None, activation)


def fold_pair(
    pair: nn.Sequential, order: Tensor, out_order: Tensor, factor: float = 1.0
) -> nn.Sequential:
    """A depthwise + pointwise pair (`models.layers.depthwise_pointwise`), folded.

    Args:
        pair: depthwise convolution, norm, pointwise convolution, norm and perhaps a ReLU.
        order: of the map that comes in; the depthwise convolution keeps it.
        out_order: of the map that goes out.
        factor: on the answer; only without ReLU.
    """
    depthwise = fold(pair[0], pair[1]).outputs(order)
    pointwise = fold(pair[2], pair[3], "relu" if len(pair) > 4 else "")
    pointwise = pointwise.times(factor) if factor != 1 else pointwise
    return nn.Sequential(
        depthwise.layer(depthwise=True), pointwise.inputs(order).outputs(out_order).layer()
    )


@torch.no_grad()
def fold_batch_norms(module: nn.Module) -> None:
    """Fold, in place, every batch norm that is declared right behind a plain convolution.

    Order of declaration is order of use in most networks; whether it is in this one, only its
    output tells. Convolutions with weights or types of their own, transposed ones, and norms that
    do more than normalise are left as they are.
    """
    before = None
    for name, child in list(module.named_children()):
        if _is_plain(before) and _folds(child) and before.out_channels == child.num_features:
            folded = fold(before, child)
            before.weight = nn.Parameter(folded.weight.to(before.weight), requires_grad=False)
            before.bias = nn.Parameter(folded.bias.to(before.weight), requires_grad=False)
            setattr(module, name, nn.Identity())
        else:
            fold_batch_norms(child)
        before = child


def _is_plain(module: nn.Module | None) -> bool:
    """Whether a module is a convolution whose weights are all there is to it."""
    return type(module) is nn.Conv2d and not module._forward_pre_hooks


def _folds(module: nn.Module) -> bool:
    return (
        isinstance(module, _BatchNorm)
        and module.track_running_stats
        and module.affine
        and not list(module.children())
    )
