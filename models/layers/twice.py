"""Running statistics as after two evaluations, for the price of one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def counted_twice(layers: nn.Module) -> Iterator[None]:
    """Within the block, one evaluation moves running statistics as two with that batch would.

    Exact: an update takes the running value r to (1-m)·r + m·b, with the batch's b and momentum m.
    A second one with the same b gives (1-m)²·r + (1-(1-m)²)·b, which is one update with momentum
    1-(1-m)² = m·(2-m). Without a momentum (None) the running value is the mean of all batches, n of
    them before; two more of the same b are an update by 2/(n+2). This holds for every batch norm
    that reads `momentum`, torch's and the synchronised ones; those in eval mode change nothing.

    Args:
        layers: what is evaluated once within the block.
    """
    norms = [
        (module, module.momentum)
        for module in layers.modules()
        if isinstance(module, _BatchNorm) and module.training and module.track_running_stats
    ]
    for norm, momentum in norms:
        if momentum is None:
            norm.momentum = 2 / (float(norm.num_batches_tracked) + 2)
        else:
            norm.momentum = momentum * (2 - momentum)
    try:
        yield
    finally:
        for norm, momentum in norms:
            norm.momentum = momentum
            norm.num_batches_tracked += 1
