"""Losses over heatmaps, and the accuracy shown while training."""

from models.losses.accuracy import heatmap_accuracy
from models.losses.joints_mse import JointsMSELoss, joints_mse

__all__ = ["JointsMSELoss", "heatmap_accuracy", "joints_mse"]
