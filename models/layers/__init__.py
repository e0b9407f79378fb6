"""Building blocks of the network, each with the paper's section it comes from."""

import models.runtime.quiet_mmcv  # noqa: F401  (modules here import it by themselves)
from models.layers.batch_norm import BatchNorm2d
from models.layers.checkpointing import checkpoint
from models.layers.conv import depthwise_pointwise
from models.layers.init import init_normal
from models.layers.norm import fast_norm
from models.layers.resolution import add_upsampled, weigh
from models.layers.shuffle import ShuffleUnit, shuffle_halves
from models.layers.sync_bn import SyncBatchNorm
from models.layers.twice import counted_twice
from models.layers.weighting import (
    ConditionalChannelWeighting,
    CrossResolutionWeighting,
    SpatialWeighting,
)

__all__ = [
    "BatchNorm2d",
    "ConditionalChannelWeighting",
    "CrossResolutionWeighting",
    "ShuffleUnit",
    "SpatialWeighting",
    "SyncBatchNorm",
    "add_upsampled",
    "checkpoint",
    "counted_twice",
    "depthwise_pointwise",
    "fast_norm",
    "init_normal",
    "shuffle_halves",
    "weigh",
]
