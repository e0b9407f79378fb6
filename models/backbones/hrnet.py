"""HRNet: parallel branches of residual blocks that exchange at every module.

Sun et al., "Deep High-Resolution Representation Learning for Human Pose Estimation", CVPR 2019,
arXiv 1902.09212. Config keys and names of weights are mmpose 0.x's (and the authors'), so that
either's files load. Lite-HRNet has the same plan with lighter blocks and another sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from models.backbones.base import Backbone, check_size
from models.backbones.resnet import batch_norm, last_norm, residual_blocks, run_blocks
from models.builder import BACKBONES
from models.layers import init_normal
from models.runtime.names import check_keys

_BLOCKS = {"BASIC": BasicBlock, "BOTTLENECK": Bottleneck}
_STAGES = ("stage1", "stage2", "stage3", "stage4")
_STAGE_KEYS = ("num_modules", "num_branches", "block", "num_blocks", "num_channels")
_STEM_CHANNELS, _STEM_STRIDE = 64, 4


@BACKBONES.register_module()
class HRNet(Backbone):
    """HRNet of four stages; `num_channels` of stages 2 to 4 make it w32, w48 …

    Args:
        extra: `stage1` to `stage4`, each with `num_modules`, `num_branches`, `block` ('BASIC' or
            'BOTTLENECK'), `num_blocks` and `num_channels` (one number a branch); in `stage4`,
            `multiscale_output=True` returns the maps of all branches, not of the first alone;
            `upsample` (`mode`, `align_corners`) between branches, by default nearest.
        in_channels: of the image.
        norm_cfg: mmcv norm config of a batch norm; see `fast_norm`.
        norm_eval: keep batch norms in eval mode while training.
        with_cp: trade time for memory by recomputing activations in the backward pass.
        zero_init_residual: whether the last batch norm of each block starts with weight 0.
        frozen_stages: training leaves the stem and so many stages as they are; 0 is the stem
            alone, -1 nothing.

    Raises:
        KeyError: a key in `extra` is unknown or missing.
        ValueError: an unknown block, or numbers of branches that do not agree.
    """

    def __init__(
        self,
        extra: Mapping[str, Any],
        in_channels: int = 3,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        norm_eval: bool = False,
        with_cp: bool = False,
        zero_init_residual: bool = False,
        frozen_stages: int = -1,
    ) -> None:
        super().__init__()
        _check_extra(extra)
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.zero_init_residual = zero_init_residual
        self.frozen_stages = frozen_stages

        self.conv1 = nn.Conv2d(in_channels, _STEM_CHANNELS, 3, stride=2, padding=1, bias=False)
        self.bn1 = batch_norm(_STEM_CHANNELS, norm_cfg)
        self.conv2 = nn.Conv2d(_STEM_CHANNELS, _STEM_CHANNELS, 3, stride=2, padding=1, bias=False)
        self.bn2 = batch_norm(_STEM_CHANNELS, norm_cfg)
        self.relu = nn.ReLU(inplace=True)

        first = extra["stage1"]
        block, width = _BLOCKS[first["block"]], first["num_channels"][0]
        self.layer1 = residual_blocks(
            block, _STEM_CHANNELS, width, first["num_blocks"][0], norm_cfg
        )
        channels = [width * block.expansion]
        for number in (2, 3, 4):
            stage = extra[f"stage{number}"]
            expansion = _BLOCKS[stage["block"]].expansion
            after = [width * expansion for width in stage["num_channels"]]
            setattr(self, f"transition{number - 1}", _transition(channels, after, norm_cfg))
            # The maps of lower resolution that a last module would compute are read by nothing.
            several = number < 4 or stage.get("multiscale_output", False)
            last = stage["num_modules"] - 1
            modules = (
                HRModule(
                    stage["block"],
                    stage["num_channels"],
                    stage["num_blocks"],
                    outputs=len(after) if several or index < last else 1,
                    norm_cfg=norm_cfg,
                    upsample=extra.get("upsample", {"mode": "nearest"}),
                    with_cp=with_cp,
                )
                for index in range(stage["num_modules"])
            )
            setattr(self, f"stage{number}", nn.Sequential(*modules))
            channels = after
        returned = len(channels) if extra["stage4"].get("multiscale_output", False) else 1
        self.out_channels = tuple(channels[:returned])
        self.strides = tuple(_STEM_STRIDE * 2**level for level in range(returned))
        self.size_divisor = _STEM_STRIDE * 2 ** (len(channels) - 1)
        self.unused_keys = ("incre_modules", "downsamp_modules", "final_layer", "classifier")
        if returned == 1:
            self.unused_keys += (rf"stage4\.{last}\.fuse_layers\.[1-9]",)
        self.init_weights()
        self.train()

    def init_weights(self) -> None:
        """Convolutions N(0, 0.001²), batch norms 1 and 0 (published training code)."""
        init_normal(self)
        if self.zero_init_residual:
            for module in self.modules():
                if isinstance(module, (BasicBlock, Bottleneck)):
                    nn.init.zeros_(last_norm(module).weight)

    def frozen_parts(self) -> Iterable[nn.Module]:
        """The stem and the first `frozen_stages` stages, each with the transition behind it."""
        if self.frozen_stages < 0:
            return []
        parts = [self.conv1, self.bn1, self.conv2, self.bn2]
        for number in range(1, self.frozen_stages + 1):
            parts.append(self.layer1 if number == 1 else getattr(self, f"stage{number}"))
            if number < 4:
                parts.append(getattr(self, f"transition{number}"))
        return parts

    def forward(self, img: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) → [features (B, C, H/4, W/4)], or the maps of all branches.

        Raises:
            ValueError: H or W is no multiple of the lowest resolution's stride.
        """
        if not torch.jit.is_tracing():
            check_size(img.shape[-1], img.shape[-2], self.size_divisor)
        x = self.relu(self.bn1(self.conv1(img)))
        x = self.relu(self.bn2(self.conv2(x)))
        branches = [run_blocks(self.layer1, x, self.with_cp)]
        for number in (2, 3, 4):
            transition = getattr(self, f"transition{number - 1}")
            sources = branches + branches[-1:] * (len(transition) - len(branches))
            branches = [step(x) for step, x in zip(transition, sources, strict=True)]
            branches = getattr(self, f"stage{number}")(branches)
        return branches


class HRModule(nn.Module):
    """Blocks on every branch, then sums over all branches at each resolution that is wanted.

    Args:
        block: 'BASIC' or 'BOTTLENECK'.
        widths: of the blocks of each branch, highest resolution first.
        counts: number of blocks of each branch.
        outputs: resolutions that are computed, from the highest down.
        norm_cfg: mmcv norm config of a batch norm.
        upsample: `mode` and `align_corners` of upsampling.
        with_cp: trade time for memory by recomputing activations in the backward pass.
    """

    def __init__(
        self,
        block: str,
        widths: Sequence[int],
        counts: Sequence[int],
        outputs: int,
        norm_cfg: Mapping[str, Any],
        upsample: Mapping[str, Any],
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        self.with_cp = with_cp
        kind = _BLOCKS[block]
        channels = [width * kind.expansion for width in widths]
        self.branches = nn.ModuleList(
            residual_blocks(kind, c, width, count, norm_cfg)
            for c, width, count in zip(channels, widths, counts, strict=True)
        )
        self.fuse_layers = nn.ModuleList(
            nn.ModuleList(
                _exchange(channels, source, target, norm_cfg, upsample)
                for source in range(len(channels))
            )
            for target in range(outputs)
        )
        self.relu = nn.ReLU(inplace=True)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Per branch (B, Cᵢ, Hᵢ, Wᵢ) → the same for each output, highest resolution first."""
        maps = [run_blocks(b, x, self.with_cp) for b, x in zip(self.branches, maps, strict=True)]
        sums = []
        for row in self.fuse_layers:
            total, *others = (layer(x) for layer, x in zip(row, maps, strict=True))
            for other in others:
                total = total + other
            sums.append(self.relu(total))
        return sums


def _exchange(
    channels: Sequence[int],
    source: int,
    target: int,
    norm_cfg: Mapping[str, Any],
    upsample: Mapping[str, Any],
) -> nn.Module:
    """From one branch to the resolution and width of another."""
    if source == target:
        return nn.Identity()
    before, after = channels[source], channels[target]
    if source > target:
        return nn.Sequential(
            nn.Conv2d(before, after, 1, bias=False),
            batch_norm(after, norm_cfg),
            nn.Upsample(scale_factor=2 ** (source - target), **upsample),
        )
    steps = target - source
    return nn.Sequential(
        *(_conv(before, before, 2, norm_cfg) for _ in range(steps - 1)),
        _conv(before, after, 2, norm_cfg, relu=False),
    )


def _transition(
    before: Sequence[int], after: Sequence[int], norm_cfg: Mapping[str, Any]
) -> nn.ModuleList:
    """From the branches of one stage to those of the next: change widths, grow new branches."""
    steps = nn.ModuleList()
    for level, width in enumerate(after):
        if level < len(before):
            same = width == before[level]
            steps.append(nn.Identity() if same else _conv(before[level], width, 1, norm_cfg))
            continue
        new = level - len(before)
        halvings = [_conv(before[-1], before[-1], 2, norm_cfg) for _ in range(new)]
        steps.append(nn.Sequential(*halvings, _conv(before[-1], width, 2, norm_cfg)))
    return steps


def _conv(
    before: int, after: int, stride: int, norm_cfg: Mapping[str, Any], relu: bool = True
) -> nn.Sequential:
    """3×3 convolution, batch norm and, perhaps, ReLU."""
    layers = [
        nn.Conv2d(before, after, 3, stride, padding=1, bias=False),
        batch_norm(after, norm_cfg),
    ]
    return nn.Sequential(*layers, nn.ReLU(inplace=True)) if relu else nn.Sequential(*layers)


def _check_extra(extra: Mapping[str, Any]) -> None:
    check_keys(extra, (*_STAGES, "upsample"), "backbone.extra")
    for number, name in enumerate(_STAGES, 1):
        where = f"backbone.extra.{name}"
        if name not in extra:
            raise KeyError(f"{where} is missing; give {', '.join(_STAGE_KEYS)}")
        stage = extra[name]
        last = ("multiscale_output",) if number == 4 else ()
        check_keys(stage, (*_STAGE_KEYS, *last), where)
        for key in _STAGE_KEYS:
            if key not in stage:
                raise KeyError(f"{where} has no '{key}'")
        if stage["block"] not in _BLOCKS:
            raise ValueError(
                f"{where}.block='{stage['block']}' is unknown; use one of {', '.join(_BLOCKS)}"
            )
        for key in ("num_blocks", "num_channels"):
            if len(stage[key]) != stage["num_branches"]:
                raise ValueError(
                    f"{where}.{key} has {len(stage[key])} entries for "
                    f"num_branches={stage['num_branches']}; give one a branch"
                )
