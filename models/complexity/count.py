"""Parameters, FLOPs and MACs of a network, counted while it runs once.

Conventions that are in use, each with a number of its own:

* *published* (the paper's tables): every leaf module once, its last call, in units of 1024².
  Convolution: multiply-adds, and one per output where it has a bias; batch norm 2 and ReLU 1 per
  element; nn.Upsample H·W of its output; global average pool C·(H+1)·(W+1) of its input.
  Everything that is no module (functional pooling and interpolation, sums, products,
  concatenation) and Sigmoid count 0.
* *executed* (mmcv's counter): every call of the published code, where some fuse layers run twice
  and count twice. Units of 10⁶.
* *MACs*: multiply-adds of convolutions alone, unique or executed. Units of 10⁶.
* *HRNet's tables* (SimpleBaseline's too): convolutions alone, each once, in units of 1024³, cut off
  after one digit. A transposed convolution counts its kernel at every pixel it writes, four times
  what a stride of 2 multiplies; *published* does so too, *MACs* and *executed* count what is done.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from mmcv.cnn import get_model_complexity_info
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from models.backbones.stage import LiteHRModule
from models.layers import BatchNorm2d


@dataclass
class LayerCost:
    """What one leaf module costs for one image.

    Attributes:
        name: dotted name in the network.
        kind: class name.
        output_shape: (C, H, W) of its last call.
        params: number of parameters.
        flops: by the published convention, not divided.
        macs: multiply-adds of one call, if it is a convolution.
        calls: how often one forward pass runs it.
    """

    name: str
    kind: str
    output_shape: tuple[int, ...]
    params: int
    flops: int
    macs: int
    calls: int


@dataclass
class Complexity:
    """Cost of a network for one image.

    Attributes:
        input_shape: (H, W) of the image.
        params: number of parameters, exact.
        executed_flops: mmcv's count of executed calls.
        layers: every leaf module, in the order of first execution.
    """

    input_shape: tuple[int, int]
    params: int
    executed_flops: float
    layers: list[LayerCost] = field(default_factory=list)

    @property
    def published_mflops(self) -> float:
        """Every layer once, in units of 1024²: the number in the paper's tables."""
        return sum(layer.flops for layer in self.layers) / 1024**2

    @property
    def hrnet_gflops(self) -> float:
        """Convolutions, each once, in units of 1024³: the number in the tables of HRNet's paper."""
        return sum(layer.flops for layer in self.layers if layer.macs) / 1024**3

    @property
    def executed_mflops(self) -> float:
        """mmcv's count of executed calls, in units of 10⁶."""
        return self.executed_flops / 1e6

    @property
    def unique_mmacs(self) -> float:
        """Multiply-adds of convolutions, each once, in units of 10⁶."""
        return sum(layer.macs for layer in self.layers) / 1e6

    @property
    def executed_mmacs(self) -> float:
        """Multiply-adds of convolutions, every call, in units of 10⁶."""
        return sum(layer.macs * layer.calls for layer in self.layers) / 1e6


class _TensorPart(nn.Module):
    """The part of a network that runs once per image: no second view, no loss."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, img: Tensor) -> Tensor:
        return self.network.forward_tensor(img)


def count_complexity(network: nn.Module, height: int, width: int) -> Complexity:
    """Count what one forward pass on one image costs.

    Args:
        network: a network with `forward_tensor(img)`; it is left in eval mode.
        height: image rows.
        width: image columns.

    Raises:
        ValueError: height or width does not suit the network.
    """
    network.eval()
    with _literal(network):
        return _count(network, height, width)


def _count(network: nn.Module, height: int, width: int) -> Complexity:
    costs: dict[str, LayerCost] = {}
    hooks = [
        module.register_forward_hook(_recorder(name, costs))
        for name, module in network.named_modules()
        if not list(module.children())
    ]
    device = next(network.parameters()).device
    try:
        with torch.no_grad():
            network.forward_tensor(torch.zeros(1, 3, height, width, device=device))
    finally:
        for hook in hooks:
            hook.remove()
    params = sum(p.numel() for p in network.parameters())
    with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
        executed, _ = get_model_complexity_info(
            _TensorPart(network), (3, height, width), print_per_layer_stat=False, as_strings=False
        )
    return Complexity((height, width), params, executed, list(costs.values()))


@contextlib.contextmanager
def _literal(network: nn.Module) -> Iterator[None]:
    """Within the block, the network runs every call that the published code does.

    mmcv's counter knows batch norms by their exact class, which for this time is torch's.
    """
    modules = [module for module in network.modules() if isinstance(module, LiteHRModule)]
    norms = [module for module in network.modules() if type(module) is BatchNorm2d]
    for module in modules:
        module.literal = True
    for norm in norms:
        norm.__class__ = nn.BatchNorm2d
    try:
        yield
    finally:
        for module in modules:
            module.literal = False
        for norm in norms:
            norm.__class__ = BatchNorm2d


def _recorder(name: str, costs: dict[str, LayerCost]):
    def record(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        calls = costs[name].calls + 1 if name in costs else 1
        costs[name] = LayerCost(
            name=name,
            kind=type(module).__name__,
            output_shape=tuple(output.shape[1:]),
            params=sum(p.numel() for p in module.parameters()),
            flops=_published_flops(module, inputs[0], output),
            macs=_macs(module, inputs[0], output),
            calls=calls,
        )

    return record


def _macs(module: nn.Module, x: Tensor, output: Tensor) -> int:
    if isinstance(module, nn.Conv2d):
        return output.numel() * module.weight[0].numel()
    if isinstance(module, nn.ConvTranspose2d):  # each pixel that is read spreads the kernel
        return x.numel() * module.weight[0].numel()
    return 0


def _published_flops(module: nn.Module, x: Tensor, output: Tensor) -> int:
    if isinstance(module, nn.Conv2d):
        return _macs(module, x, output) + (output.numel() if module.bias is not None else 0)
    if isinstance(module, nn.ConvTranspose2d):
        taps = module.weight.numel() * output.shape[-2] * output.shape[-1]
        return taps + (output.numel() if module.bias is not None else 0)
    if isinstance(module, _BatchNorm):
        return 2 * output.numel()
    if isinstance(module, nn.ReLU):
        return output.numel()
    if isinstance(module, nn.Upsample):
        return output.shape[-2] * output.shape[-1]
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return x.shape[1] * (x.shape[-2] + 1) * (x.shape[-1] + 1)
    return 0
