"""A backbone of one's own: three convolutions, at an eighth of the resolution."""

from __future__ import annotations

from torch import Tensor, nn

from models.backbones import Backbone
from models.builder import BACKBONES


@BACKBONES.register_module()
class ThreeConvolutions(Backbone):
    """3×3 convolutions of stride 2 with batch norm.

    Args:
        width: channels of the map that comes out.
    """

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.out_channels, self.strides, self.size_divisor = (width,), (8,), 8
        layers: list[nn.Module] = []
        for channels in (3, width, width):
            convolution = nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False)
            layers += [convolution, nn.BatchNorm2d(width), nn.ReLU()]
        self.layers = nn.Sequential(*layers)

    def forward(self, img: Tensor) -> list[Tensor]:
        return [self.layers(img)]
