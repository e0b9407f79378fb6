"""Losses over heatmaps, and the accuracy shown while training."""

from models.losses.accuracy import heatmap_accuracy
from models.losses.adaptive_wing import AdaptiveWingLoss, adaptive_wing
from models.losses.combined_target import CombinedTargetMSELoss, combined_target_mse
from models.losses.joints_mse import JointsMSELoss, joints_mse
from models.losses.loss_list import LossList, build_losses
from models.losses.ohkm import JointsOHKMMSELoss, joints_ohkm_mse

__all__ = [
    "AdaptiveWingLoss",
    "CombinedTargetMSELoss",
    "JointsMSELoss",
    "JointsOHKMMSELoss",
    "LossList",
    "adaptive_wing",
    "build_losses",
    "combined_target_mse",
    "heatmap_accuracy",
    "joints_mse",
    "joints_ohkm_mse",
]
