"""Backbones: images (B, 3, H, W) → feature maps."""

import models.runtime.quiet_mmcv  # noqa: F401  (modules here import it by themselves)
from models.backbones.litehrnet import LiteHRNet

__all__ = ["LiteHRNet"]
