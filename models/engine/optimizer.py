"""The optimizer from the config, with one kernel for all parameters where torch has one."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import torch
from mmcv.runner import build_optimizer as build_mmcv_optimizer
from torch import nn
from torch.optim import Optimizer


def build_optimizer(model: nn.Module, settings: Mapping[str, Any]) -> Optimizer:
    """Build the optimizer; torch's fused kernel is used unless the config says otherwise.

    The fused kernel computes the same steps, up to rounding, in one pass over all parameters in
    place of several for each. `fused=False` or `foreach` in the config chooses another.

    Args:
        model: whose parameters are trained.
        settings: `optimizer` of the config: mmcv's, so `paramwise_cfg` and `constructor` too.
    """
    settings = dict(settings)
    kind = getattr(torch.optim, str(settings.get("type")), None)
    if (
        kind is not None
        and "fused" in inspect.signature(kind).parameters
        and not {"fused", "foreach", "differentiable", "capturable"} & set(settings)
    ):
        settings["fused"] = True
    return build_mmcv_optimizer(model, settings)


def with_own_kernels(state: Mapping[str, Any], optimizer: Optimizer) -> dict[str, Any]:
    """An optimizer's saved state, with the choice of kernels of the optimizer that will load it.

    Which kernel computes a step is this run's business; torch would take the saved run's, and one
    that is not fused cannot go on with a scaled loss.

    Args:
        state: what `state_dict` returned.
        optimizer: of as many groups of parameters.
    """
    groups = [
        {**saved, **{key: own[key] for key in ("fused", "foreach") if key in own}}
        for saved, own in zip(state["param_groups"], optimizer.param_groups, strict=True)
    ]
    return {**state, "param_groups": groups}
