"""Backbones: images (B, 3, H, W) → feature maps."""

import models.runtime.quiet_mmcv  # noqa: F401  (modules here import it by themselves)
from models.backbones.base import Backbone, check_backbone, check_size
from models.backbones.hrnet import HRNet
from models.backbones.litehrnet import LiteHRNet
from models.backbones.resnet import ResNet
from models.backbones.timm_backbone import TimmBackbone

__all__ = [
    "Backbone",
    "HRNet",
    "LiteHRNet",
    "ResNet",
    "TimmBackbone",
    "check_backbone",
    "check_size",
]
