"""Whole networks: images → heatmaps, and the loss."""

from models.posenets.top_down import TopDown

__all__ = ["TopDown"]
