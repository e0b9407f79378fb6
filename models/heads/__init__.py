"""Heads: feature map → heatmaps."""

from models.heads.top_down_simple import TopDownSimpleHead, channels_of

__all__ = ["TopDownSimpleHead", "channels_of"]
