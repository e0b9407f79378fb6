"""Backbones: images (B, 3, H, W) → feature maps."""

from models.backbones.litehrnet import LiteHRNet

__all__ = ["LiteHRNet"]
