"""A module of a stage in the inference form: blocks, then the exchange between all resolutions."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from models.backbones.stage import LiteHRModule
from models.deploy.folding import fold, fold_pair
from models.deploy.form import Form
from models.deploy.lite import LiteBlock, enter
from models.deploy.naive import NaiveUnit
from models.deploy.order import shuffled


class DeployedModule(nn.Module):
    """`LiteHRModule` for inference.

    Args:
        module: the published form.
        orders: order of the channels of each branch that come in.
        form: layout.

    Attributes:
        orders: order of the channels that go out.
    """

    def __init__(self, module: LiteHRModule, orders: Sequence[Tensor], form: Form) -> None:
        super().__init__()
        self.form = form
        self.is_lite = module.module_type == "LITE"
        self.orders = list(orders)
        blocks = []
        if self.is_lite:
            for block in module.layers:
                blocks.append(LiteBlock(block, self.orders, form))
                self.orders = [shuffled(order) for order in self.orders]
        else:
            for i, units in enumerate(module.layers):
                branch = []
                for unit in units:
                    branch.append(NaiveUnit(unit, self.orders[i], form))
                    self.orders[i] = shuffled(self.orders[i])
                blocks.append(nn.Sequential(*branch))
        self.blocks = nn.ModuleList(blocks)
        self.exchange = _Exchange(module, self.orders) if module.with_fuse else None

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → (B, Cᵢ, Hᵢ, Wᵢ), highest resolution first."""
        first_twice = self.exchange is not None
        if self.is_lite:
            branches = enter(maps)
            for block in self.blocks:
                branches = block(branches)
            maps, _, scales = branches
            if scales is not None:
                if first_twice:  # 2·x₀ at the price of x₀: its scale is doubled, exactly
                    scales = [scales[0] + scales[0], *scales[1:]]
                top = len(maps) - 1
                maps = [
                    self.form.scale(x, scale, top - i)
                    for i, (x, scale) in enumerate(zip(maps, scales, strict=True))
                ]
                first_twice = False
        else:
            maps = [units(x) for units, x in zip(self.blocks, maps, strict=True)]
        if first_twice:
            maps = [maps[0] + maps[0], *maps[1:]]
        return list(maps) if self.exchange is None else self.exchange(maps)


class _Exchange(nn.Module):
    """The fuse layers of a module, each evaluated once.

        y₀ = 2·x₀ + Σ_{j>0} f₀ⱼ(xⱼ)
        yᵢ = 2·fᵢ₀(y₀) + xᵢ + Σ_{0<j≠i} fᵢⱼ(xⱼ)

    In eval mode both evaluations of fᵢ₀ that the published code adds are the same number, so its
    last, linear convolution is given twice its weights: a doubling is exact. Nearest upsampling by
    four is one by two of one by two, and upsampling a sum is the sum of the upsampled, so the
    answers of lower resolutions are added where they are small.

    Args:
        module: the published form.
        orders: order of the channels of each branch, in and out.
    """

    def __init__(self, module: LiteHRModule, orders: Sequence[Tensor]) -> None:
        super().__init__()
        self.up = nn.ModuleList()
        self.down = nn.ModuleList()
        for i, row in enumerate(module.fuse_layers):
            self.up.append(
                nn.ModuleList(
                    fold(layer[0], layer[1]).inputs(orders[j]).outputs(orders[i]).layer()
                    for j, layer in enumerate(row)
                    if j > i
                )
            )
            self.down.append(
                nn.ModuleList(
                    _downward(layer, orders[j], orders[i], 2.0 if j == 0 else 1.0)
                    for j, layer in enumerate(row)
                    if j < i
                )
            )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Per branch, the first one doubled: (B, Cᵢ, Hᵢ, Wᵢ) → (B, Cᵢ, Hᵢ, Wᵢ)."""
        sources = list(maps)
        answers = []
        for i, x in enumerate(maps):
            total = x
            for layer, source in zip(self.down[i], sources, strict=False):
                total = total + layer(source)
            raised = None
            for layer, source in zip(self.up[i][::-1], sources[:i:-1], strict=True):
                low = layer(source)
                raised = low if raised is None else low + _twice_as_large(raised)
            if raised is not None:
                total = total + _twice_as_large(raised)
            if i == 0:
                sources[0] = total
            answers.append(total.relu())
        return answers


def _twice_as_large(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


def _downward(
    layer: nn.Sequential, order: Tensor, out_order: Tensor, factor: float
) -> nn.Sequential:
    """A fuse layer to a lower resolution: halvings that keep their source's order, but the last."""
    *halvings, last = layer
    return nn.Sequential(
        *(fold_pair(pair, order, order) for pair in halvings),
        fold_pair(last, order, out_order, factor),
    )
