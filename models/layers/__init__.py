"""Building blocks of the network, each with the paper's section it comes from."""

from models.layers.checkpointing import checkpoint
from models.layers.conv import depthwise_pointwise
from models.layers.init import init_normal
from models.layers.shuffle import ShuffleUnit, channel_shuffle
from models.layers.sync_bn import SyncBatchNorm
from models.layers.weighting import (
    ConditionalChannelWeighting,
    CrossResolutionWeighting,
    SpatialWeighting,
)

__all__ = [
    "ConditionalChannelWeighting",
    "CrossResolutionWeighting",
    "ShuffleUnit",
    "SpatialWeighting",
    "SyncBatchNorm",
    "channel_shuffle",
    "checkpoint",
    "depthwise_pointwise",
    "init_normal",
]
