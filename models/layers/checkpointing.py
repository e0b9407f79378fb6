"""Activation checkpointing that leaves batch-norm statistics as they would be without it.

A checkpointed block runs forward twice in a training step. Plain checkpointing would therefore
move every running mean and variance twice; here the second run does not touch them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch.utils.checkpoint
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


def checkpoint(function: Callable[..., Any], owner: nn.Module, *inputs: torch.Tensor) -> Any:
    """Run `function(*inputs)`, forgetting its activations until the backward pass needs them.

    Args:
        function: what to run; its layers belong to `owner`.
        owner: the module whose batch norms keep still in the second run.
        inputs: tensors.
    """
    return torch.utils.checkpoint.checkpoint(
        function,
        *inputs,
        use_reentrant=False,
        context_fn=lambda: (nullcontext(), _frozen_statistics(owner)),
    )


@contextmanager
def _frozen_statistics(owner: nn.Module) -> Iterator[None]:
    norms = [m for m in owner.modules() if isinstance(m, _BatchNorm) and m.training]
    # The second run must save the very tensors that the first one saved, so the statistics stay
    # in the computation; with momentum 0 they are updated to what they are.
    before = [(norm, norm.momentum, norm.num_batches_tracked.clone()) for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum, count in before:
            norm.momentum = momentum
            norm.num_batches_tracked.copy_(count)
