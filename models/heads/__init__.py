"""Heads: feature map → heatmaps."""

from models.heads.top_down_simple import TopDownSimpleHead

__all__ = ["TopDownSimpleHead"]
