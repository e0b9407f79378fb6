"""Lite-HRNet: a high-resolution network whose 1×1 convolutions are channel weights.

Yu et al., "Lite-HRNet: A Lightweight High-Resolution Network", CVPR 2021, arXiv 2104.06403.
Parallel branches at strides 4, 8, 16 and 32; a stage adds one branch, every module exchanges
between all of them. Names of children are those of the published checkpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

from models.backbones.base import Backbone, check_size
from models.backbones.iterative_head import IterativeHead
from models.backbones.stage import MODULE_TYPES, LiteHRModule
from models.backbones.stem import Stem
from models.builder import BACKBONES
from models.layers import depthwise_pointwise, fast_norm, init_normal
from models.runtime.names import check_keys

_STAGE_KEYS = (
    "num_modules",
    "num_branches",
    "num_blocks",
    "module_type",
    "with_fuse",
    "reduce_ratios",
    "num_channels",
)


@BACKBONES.register_module()
class LiteHRNet(Backbone):
    """Lite-HRNet backbone (LITE blocks) and naive Lite-HRNet (NAIVE blocks).

    Args:
        extra: `stem` (stem_channels, out_channels, expand_ratio), `num_stages`, `stages_spec`
            (one entry a stage of num_modules, num_branches, num_blocks, module_type, with_fuse,
            reduce_ratios, num_channels) and `with_head` (the iterative head).
        in_channels: of the image.
        conv_cfg: mmcv convolution config; None is Conv2d.
        norm_cfg: mmcv norm config; batch norms are built as `fast_norm` says.
        norm_eval: keep batch norms in eval mode while training.
        with_cp: trade time for memory by recomputing activations in the backward pass; gradients
            and running statistics stay the same.

    Raises:
        KeyError: an unknown key in `extra`.
        ValueError: stages of different lengths, or an unknown module type.
    """

    def __init__(
        self,
        extra: Mapping[str, Any],
        in_channels: int = 3,
        conv_cfg: Mapping[str, Any] | None = None,
        norm_cfg: Mapping[str, Any] = {"type": "BN"},
        norm_eval: bool = False,
        with_cp: bool = False,
    ) -> None:
        super().__init__()
        _check_extra(extra)
        self.norm_eval = norm_eval
        self.with_cp = with_cp
        self.num_stages = extra["num_stages"]
        spec = extra["stages_spec"]
        common = {"conv_cfg": conv_cfg, "norm_cfg": fast_norm(norm_cfg)}

        self.stem = Stem(in_channels, **extra["stem"], with_cp=with_cp, **common)
        previous = [self.stem.out_channels]
        for stage in range(self.num_stages):
            channels = list(spec["num_channels"][stage])
            transition = _transition(previous, channels, **common)
            modules = nn.Sequential(
                *(
                    LiteHRModule(
                        channels,
                        num_blocks=spec["num_blocks"][stage],
                        module_type=spec["module_type"][stage],
                        reduce_ratio=spec["reduce_ratios"][stage],
                        with_fuse=spec["with_fuse"][stage],
                        with_cp=with_cp,
                        **common,
                    )
                    for _ in range(spec["num_modules"][stage])
                )
            )
            setattr(self, f"transition{stage}", transition)
            setattr(self, f"stage{stage}", modules)
            previous = channels

        self.head_layer = IterativeHead(previous, **common) if extra["with_head"] else None
        self.out_channels = (previous[0],)
        self.strides = (self.stem.stride,)
        self.size_divisor = self.stem.stride * 2 ** (len(previous) - 1)
        self.init_weights()

    def init_weights(self) -> None:
        """Convolutions N(0, 0.001²), batch norms 1 and 0 (published training code)."""
        init_normal(self)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) → [features (B, C, H/4, W/4)].

        Raises:
            ValueError: H or W is no multiple of 32.
        """
        if not torch.jit.is_tracing():
            check_size(x.shape[-1], x.shape[-2], self.size_divisor)
        branches = [self.stem(x)]
        for stage in range(self.num_stages):
            transition = getattr(self, f"transition{stage}")
            # A branch that is new at this stage grows out of the lowest resolution so far.
            sources = branches + branches[-1:] * (len(transition) - len(branches))
            branches = [step(s) for step, s in zip(transition, sources, strict=True)]
            branches = getattr(self, f"stage{stage}")(branches)
        return [branches[0] if self.head_layer is None else self.head_layer(branches)]


def _check_extra(extra: Mapping[str, Any]) -> None:
    check_keys(extra, ("stem", "num_stages", "stages_spec", "with_head"), "backbone.extra")
    check_keys(
        extra["stem"], ("stem_channels", "out_channels", "expand_ratio"), "backbone.extra.stem"
    )
    spec = extra["stages_spec"]
    check_keys(spec, _STAGE_KEYS, "backbone.extra.stages_spec")
    for key in _STAGE_KEYS:
        if key not in spec:
            raise KeyError(f"backbone.extra.stages_spec lacks '{key}', one entry a stage")
        if len(spec[key]) != extra["num_stages"]:
            raise ValueError(
                f"backbone.extra.stages_spec.{key} has {len(spec[key])} entries for "
                f"num_stages={extra['num_stages']}; give one a stage"
            )
    for stage, kind in enumerate(spec["module_type"]):
        if kind not in MODULE_TYPES:
            raise ValueError(
                f"backbone.extra.stages_spec.module_type[{stage}]='{kind}' is unknown; "
                f"use one of {', '.join(MODULE_TYPES)}"
            )
        channels, branches = spec["num_channels"][stage], spec["num_branches"][stage]
        if len(channels) != branches:
            raise ValueError(
                f"backbone.extra.stages_spec.num_channels[{stage}] has {len(channels)} entries for "
                f"num_branches[{stage}]={branches}; give one a branch"
            )


def _transition(
    before: Sequence[int],
    after: Sequence[int],
    conv_cfg: Mapping[str, Any] | None,
    norm_cfg: Mapping[str, Any],
) -> nn.ModuleList:
    """From the branches of one stage to those of the next: change widths, grow new branches."""
    common = {"relu": True, "conv_cfg": conv_cfg, "norm_cfg": norm_cfg}
    steps = nn.ModuleList()
    for level, width in enumerate(after):
        if level >= len(before):
            new = level - len(before)
            widths = [before[-1]] * (new + 1) + [width]
            halvings = (depthwise_pointwise(a, b, 2, **common) for a, b in pairwise(widths))
            steps.append(nn.Sequential(*halvings))
        elif width != before[level]:
            steps.append(depthwise_pointwise(before[level], width, 1, **common))
        else:
            steps.append(nn.Identity())
    return steps
