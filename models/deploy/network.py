"""The inference form of a network: same checkpoint, same output, a fraction of the time.

Where the time goes: one published forward pass is 1,700 operator calls, most of which move data
(split, concatenate, shuffle, upsample) or add a few numbers to small maps. What the form changes is
explained where it is done: `folding.py` (batch norms), `lite.py` and `naive.py` (blocks without
channel moves), `module.py` (fuse layers once), `form.py` (gates without upsampling). All of it
is exact but for rounding: tests/deploy compares in double precision.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.backbones.iterative_head import IterativeHead
from models.backbones.litehrnet import LiteHRNet
from models.backbones.stem import Stem
from models.deploy.folding import fold, fold_batch_norms, fold_module, fold_pair
from models.deploy.form import PLAIN, Form
from models.deploy.module import DeployedModule
from models.deploy.order import natural_order, shuffled
from models.heads import TopDownSimpleHead
from models.posenets import TopDown

#: what folding may move an output by, in units of the last place of its highest value
_ROUNDING = 1000


def deploy(
    network: nn.Module, form: Form = PLAIN, input_size: tuple[int, int] | None = None
) -> nn.Module:
    """A network for inference: normalised images (B, 3, H, W) → output (B, …).

    Args:
        network: it is left as it is. One that has no form of its own is copied as it is, with batch
            norms folded.
        form: layout of Lite-HRNet's.
        input_size: (w, h) of images that it is tried on; by default the network's.

    Returns:
        A module in eval mode, of the network's device and floating-point type.
    """
    parameter = next(network.parameters())
    if not has_form(network):
        return _AnyNetwork(network, input_size).eval().requires_grad_(False)
    deployed = DeployedNetwork(network.backbone, network.keypoint_head, form)
    return deployed.to(parameter.device, parameter.dtype).eval().requires_grad_(False)


def exportable(
    network: nn.Module,
    input_size: tuple[int, int],
    form: Form = PLAIN,
    half: bool = False,
) -> nn.Module:
    """The form that is written to a file, on the CPU: float32 in, float32 out.

    Args:
        network: left as it is.
        input_size: (w, h) of images.
        form: layout of Lite-HRNet's.
        half: weights and arithmetic in float16.
    """
    deployed = deploy(network, form, input_size).cpu().float()
    return _Halved(deployed).eval() if half else deployed


class _Halved(nn.Module):
    """A form in float16 with float32 at both ends, so that its users need not know."""

    def __init__(self, form: nn.Module) -> None:
        super().__init__()
        self.form = form.half()

    def forward(self, img: Tensor) -> Tensor:
        return self.form(img.half()).float()


def has_form(network: nn.Module) -> bool:
    """Whether `deploy` knows more about a network than to fold its batch norms."""
    return (
        # not a subclass that passes images through something else as well
        getattr(type(network), "forward_tensor", None) is TopDown.forward_tensor
        and type(network.backbone) is LiteHRNet
        and type(network.keypoint_head) is TopDownSimpleHead
        and network.keypoint_head.in_index == 0
        and {name.split(".")[0] for name in network.keypoint_head.state_dict()} == {"final_layer"}
        # so that weights are all there is to the convolutions
        and all(type(m) is nn.Conv2d for m in network.modules() if isinstance(m, nn.Conv2d))
    )


class DeployedNetwork(nn.Module):
    """Lite-HRNet with its keypoint head.

    Args:
        backbone: the published form.
        head: the published form.
        form: layout.
    """

    def __init__(self, backbone: LiteHRNet, head: TopDownSimpleHead, form: Form) -> None:
        super().__init__()
        self.stem = _DeployedStem(backbone.stem)
        orders = [self.stem.order]
        self.transitions = nn.ModuleList()
        self.stages = nn.ModuleList()
        for stage in range(backbone.num_stages):
            steps, orders = _transition(
                getattr(backbone, f"transition{stage}"), orders, form.multiple
            )
            self.transitions.append(steps)
            modules = []
            for module in getattr(backbone, f"stage{stage}"):
                modules.append(DeployedModule(module, orders, form))
                orders = modules[-1].orders
            self.stages.append(nn.Sequential(*modules))
        order = orders[0]
        self.head_layer = None
        if backbone.head_layer is not None:
            order = natural_order(backbone.head_layer.out_channels, form.multiple)
            self.head_layer = _DeployedHead(backbone.head_layer, orders, order)
        final = head.final_layer
        self.final_layer = fold(final).inputs(order).layer()

    def forward(self, img: Tensor) -> Tensor:
        """Normalised crops (B, 3, H, W) → heatmaps (B, K, H/4, W/4)."""
        maps = [self.stem(img)]
        for transition, modules in zip(self.transitions, self.stages, strict=True):
            sources = maps + maps[-1:] * (len(transition) - len(maps))
            maps = [step(source) for step, source in zip(transition, sources, strict=True)]
            maps = modules(maps)
        return self.final_layer(maps[0] if self.head_layer is None else self.head_layer(maps))


class _DeployedStem(nn.Module):
    """The stem; its first convolution is two, one for each half of what it answers."""

    def __init__(self, stem: Stem) -> None:
        super().__init__()
        first = fold_module(stem.conv1)
        half = len(first.bias) // 2
        left, right = torch.arange(half), torch.arange(half, 2 * half)
        depthwise, pointwise = (fold_module(conv) for conv in stem.branch1)
        self.branch1 = nn.Sequential(
            first.outputs(left).layer(), depthwise.layer(depthwise=True), pointwise.layer()
        )
        self.branch2 = nn.Sequential(
            first.outputs(right).layer(),
            fold_module(stem.expand_conv).layer(),
            fold_module(stem.depthwise_conv).layer(depthwise=True),
            fold_module(stem.linear_conv).layer(),
        )
        self.order = shuffled(natural_order(stem.out_channels))

    def forward(self, img: Tensor) -> Tensor:
        return torch.cat([self.branch1(img), self.branch2(img)], dim=1)


class _DeployedHead(nn.Module):
    """The iterative head."""

    def __init__(self, head: IterativeHead, orders: Sequence[Tensor], out_order: Tensor) -> None:
        super().__init__()
        lowest_first = list(orders[::-1])
        following = [*lowest_first[1:], out_order]
        self.projects = nn.ModuleList(
            nn.Sequential(
                fold_module(project.depthwise_conv).outputs(order).layer(depthwise=True),
                fold_module(project.pointwise_conv).inputs(order).outputs(after).layer(),
            )
            for project, order, after in zip(head.projects, lowest_first, following, strict=True)
        )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        result = None
        for branch, project in zip(maps[::-1], self.projects, strict=True):
            if result is not None:
                branch = branch + F.interpolate(
                    result, size=branch.shape[-2:], mode="bilinear", align_corners=True
                )
            result = project(branch)
        return result


class _AnyNetwork(nn.Module):
    """Any network as it is, but for batch norms folded into convolutions where that is exact.

    Nothing is known of how its layers are used, so the folded network is tried on noise.

    Args:
        network: left as it is.
        input_size: (w, h) of the noise; by default the network's, else a small size.
    """

    @torch.no_grad()
    def __init__(self, network: nn.Module, input_size: tuple[int, int] | None) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).eval()
        noise = _noise_for(network, input_size)
        expected = self(noise)
        fold_batch_norms(self.network)
        rounding = _ROUNDING * torch.finfo(noise.dtype).eps * expected.abs().max()
        if not (self(noise) - expected).abs().max() <= rounding:
            warnings.warn(
                f"batch norms of {type(network).__name__} are not folded: its layers are not used "
                "in the order in which they are declared",
                stacklevel=3,
            )
            self.network = copy.deepcopy(network).eval()

    def forward(self, img: Tensor) -> Tensor:
        return self.network.forward_tensor(img)


def _noise_for(network: nn.Module, input_size: tuple[int, int] | None) -> Tensor:
    smallest = -(-64 // network.size_divisor) * network.size_divisor
    width, height = input_size or network.input_size or (smallest, smallest)
    noise = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    return noise.to(next(network.parameters()))


def _transition(
    steps: nn.ModuleList, orders: Sequence[Tensor], multiple: int
) -> tuple[nn.ModuleList, list[Tensor]]:
    """The transition to a stage, and the orders in which it emits."""
    sources = [*orders, *[orders[-1]] * (len(steps) - len(orders))]
    deployed, emitted = nn.ModuleList(), []
    for step, order in zip(steps, sources, strict=True):
        if isinstance(step, nn.Identity):
            deployed.append(step)
            emitted.append(order)
            continue
        pairs = [step] if isinstance(step[0], nn.Conv2d) else list(step)
        out_order = natural_order(pairs[-1][2].out_channels, multiple)
        deployed.append(
            nn.Sequential(
                *(fold_pair(pair, order, order) for pair in pairs[:-1]),
                fold_pair(pairs[-1], order, out_order),
            )
        )
        emitted.append(out_order)
    return deployed, emitted
