"""Networks that keep the contract and are neither Lite-HRNet nor about poses."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torchvision.models import resnet18

from tests.deploy.conftest import randomized


class Other(nn.Module):
    """The parts of a network that export and engines read."""

    input_size = None
    size_divisor = 1
    output_name = "output"

    def closeness(self, expected, predicted, input_size):
        return {}

    def drawn_inputs(self, count, input_size, pipeline):
        return None


class Counting(Other):
    """How many of five things are in an image: (B, 5)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3, 2, 1)
        )
        self.last = nn.Linear(16, 5)

    def forward_tensor(self, img: Tensor) -> Tensor:
        return self.last(self.features(img).relu().mean((2, 3)))


class Deconvolving(Other):
    """ResNet-18 and deconvolutions, as in SimpleBaseline: heatmaps (B, 4, H/8, W/8)."""

    size_divisor = 32

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(*list(resnet18(num_classes=1).children())[:-2])
        layers = []
        for channels in (512, 16):
            layers += [nn.ConvTranspose2d(channels, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16)]
            layers += [nn.ReLU()]
        self.up = nn.Sequential(*layers, nn.Conv2d(16, 4, 1))

    def forward_tensor(self, img: Tensor) -> Tensor:
        return self.up(self.body(img))


class NormFirst(Other):
    """A batch norm that is declared behind a convolution and used in front of it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.norm = nn.BatchNorm2d(3)

    def forward_tensor(self, img: Tensor) -> Tensor:
        return self.conv(self.norm(img))


class NormWithActivation(nn.BatchNorm2d):
    """What timm's backbones have: a norm that does more."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        self.act = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(super().forward(x))


class Activating(Other):
    """Half of its batch norms can be folded."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3), NormWithActivation(8), nn.Conv2d(8, 4, 1), nn.BatchNorm2d(4)
        )

    def forward_tensor(self, img: Tensor) -> Tensor:
        return self.layers(img)


def drawn(kind: type[Other], dtype: torch.dtype = torch.float32) -> Other:
    """One with weights in which every layer's rounding can be seen."""
    network = randomized(kind())
    for module in network.modules():
        if isinstance(module, (nn.ConvTranspose2d, nn.Linear)):
            module.weight.data.normal_(0, module.weight[0].numel() ** -0.5)
    return network.to(dtype)
