"""ResNet, made of torchvision's blocks.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, arXiv 1512.03385. Weights have
the names that torchvision and mmpose 0.x give them, so that files of either load; the stride of a
bottleneck is on its 3×3 convolution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmcv.cnn import build_norm_layer
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from models.backbones.base import Backbone
from models.builder import BACKBONES
from models.layers import checkpoint, fast_norm

Block = type[BasicBlock] | type[Bottleneck]

#: depth → kind of block, how many of them in each stage
_DEPTHS: dict[int, tuple[Block, tuple[int, ...]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}
_STEM_CHANNELS, _STEM_STRIDE = 64, 4


@BACKBONES.register_module()
class ResNet(Backbone):
    """ResNet-18, 34, 50, 101 or 152 without its classifier.

    Args:
        depth: 18, 34, 50, 101 or 152.
        in_channels: of the image.
        num_stages: stages that are built, from the first on.
        out_indices: stages whose maps are returned, counted from 0; the last by default.
        frozen_stages: training leaves the stem and so many stages as they are; 0 is the stem
            alone, -1 nothing.
        norm_cfg: mmcv norm config of a batch norm; see `fast_norm`.
        norm_eval: keep batch norms in eval mode while training.
        with_cp: trade time for memory by recomputing activations in the backward pass.
        zero_init_residual: whether the last batch norm of each block starts with weight 0, which
            makes the block an identity.

    Raises:
        ValueError: there is no ResNet of this depth, or a stage that is asked for is not built.
    """

    def __init__(
        self,
        depth: int,
        in_channels: int = 3,
        num_stages: int = 4,
        out_indices: Sequence[int] = (3,),
        frozen_stages: int = -1,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        norm_eval: bool = False,
        with_cp: bool = False,
        zero_init_residual: bool = True,
    ) -> None:
        super().__init__()
        if depth not in _DEPTHS:
            known = ", ".join(map(str, _DEPTHS))
            raise ValueError(f"backbone.depth={depth}: there is no such ResNet; use one of {known}")
        block, counts = _DEPTHS[depth]
        _check_stages(num_stages, out_indices, frozen_stages, len(counts))
        self.out_indices = tuple(sorted(set(out_indices)))
        self.frozen_stages = frozen_stages
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.zero_init_residual = zero_init_residual

        self.conv1 = nn.Conv2d(in_channels, _STEM_CHANNELS, 7, stride=2, padding=3, bias=False)
        self.bn1 = batch_norm(_STEM_CHANNELS, norm_cfg)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        channels = _STEM_CHANNELS
        for stage in range(num_stages):
            width, stride = _STEM_CHANNELS * 2**stage, 1 if stage == 0 else 2
            blocks = residual_blocks(block, channels, width, counts[stage], norm_cfg, stride)
            setattr(self, f"layer{stage + 1}", blocks)
            channels = width * block.expansion

        widths = [_STEM_CHANNELS * 2**stage * block.expansion for stage in self.out_indices]
        self.out_channels = tuple(widths)
        self.strides = tuple(_STEM_STRIDE * 2**stage for stage in self.out_indices)
        self.size_divisor = self.strides[-1]
        left_out = (rf"layer{stage + 1}\." for stage in range(num_stages, len(counts)))
        self.unused_keys = (r"fc\.", *left_out)
        self.init_weights()
        self.train()

    def init_weights(self) -> None:
        """Convolutions as He et al. 2015 (fan out), batch norms 1 and 0.

        With `zero_init_residual` the last batch norm of each block has weight 0.
        """
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, (BasicBlock, Bottleneck)) and self.zero_init_residual:
                nn.init.zeros_(last_norm(module).weight)

    def frozen_parts(self) -> Iterable[nn.Module]:
        """The stem and the first `frozen_stages` stages."""
        if self.frozen_stages < 0:
            return []
        stages = [getattr(self, f"layer{n}") for n in range(1, self.frozen_stages + 1)]
        return [self.conv1, self.bn1, *stages]

    def forward(self, img: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) → one map (B, C, H/s, W/s) for each of `out_indices`."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(img))))
        maps = []
        for stage in range(self.out_indices[-1] + 1):
            x = run_blocks(getattr(self, f"layer{stage + 1}"), x, self.with_cp)
            if stage in self.out_indices:
                maps.append(x)
        return maps


def residual_blocks(
    block: Block,
    in_channels: int,
    width: int,
    count: int,
    norm_cfg: Mapping[str, Any],
    stride: int = 1,
) -> nn.Sequential:
    """`count` blocks in a row; the first has the stride and, where it is needed, a projection.

    Args:
        block: torchvision's BasicBlock or Bottleneck.
        in_channels: channels in.
        width: of the 3×3 convolutions; the channels out are `width` · `block.expansion`.
        count: number of blocks.
        norm_cfg: mmcv norm config of a batch norm.
        stride: of the first block.
    """

    def norm(channels: int) -> nn.Module:
        return batch_norm(channels, norm_cfg)

    out_channels = width * block.expansion
    projection = None
    if stride != 1 or in_channels != out_channels:
        projection = nn.Sequential(
            nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), norm(out_channels)
        )
    blocks = [block(in_channels, width, stride, projection, norm_layer=norm)]
    blocks += [block(out_channels, width, norm_layer=norm) for _ in range(1, count)]
    return nn.Sequential(*blocks)


def run_blocks(blocks: nn.Sequential, x: Tensor, with_cp: bool) -> Tensor:
    """Run blocks in a row; `with_cp`: recompute what is in them in the backward pass."""
    for block in blocks:
        x = checkpoint(block, block, x) if with_cp and x.requires_grad else block(x)
    return x


def last_norm(block: BasicBlock | Bottleneck) -> nn.Module:
    """The batch norm in front of a block's sum."""
    return block.bn3 if isinstance(block, Bottleneck) else block.bn2


def batch_norm(channels: int, norm_cfg: Mapping[str, Any]) -> nn.Module:
    """One layer as a config asks for it."""
    return build_norm_layer(fast_norm(norm_cfg), channels)[1]


def _check_stages(
    num_stages: int, out_indices: Sequence[int], frozen_stages: int, available: int
) -> None:
    if not 1 <= num_stages <= available:
        raise ValueError(f"backbone.num_stages={num_stages} cannot be; use 1 to {available}")
    if not out_indices or not all(0 <= index < num_stages for index in out_indices):
        raise ValueError(
            f"backbone.out_indices={tuple(out_indices)} does not go with num_stages={num_stages}; "
            f"use numbers from 0 to {num_stages - 1}"
        )
    if not -1 <= frozen_stages <= num_stages:
        raise ValueError(
            f"backbone.frozen_stages={frozen_stages} does not go with num_stages={num_stages}; "
            f"use -1 (nothing) to {num_stages}"
        )
