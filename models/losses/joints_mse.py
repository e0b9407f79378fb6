"""Mean squared error of heatmaps, a joint without a label left out."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.builder import LOSSES


def joints_mse(output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean over joints of the MSE between `weight`·output and `weight`·target; no factor ½.

    All joints have equally many pixels, so the mean over joints of means is the mean over all.

    Args:
        output: predicted heatmaps (B, K, H, W).
        target: target heatmaps (B, K, H, W).
        weight: (B, K, 1), 0 where a joint has no label; None weighs all 1.

    Returns:
        A scalar.

    Raises:
        ValueError: shapes differ.
    """
    check_shapes(output, target)
    if weight is not None:
        weight = weight.unsqueeze(-1)
        output, target = output * weight, target * weight
    return F.mse_loss(output, target)


def check_shapes(output: Tensor, target: Tensor) -> None:
    """Raise a ValueError that says where to look unless heatmaps and targets have one shape."""
    if output.shape != target.shape:
        raise ValueError(
            f"heatmaps {tuple(output.shape)} and targets {tuple(target.shape)} differ in shape; "
            "check the head's out_channels and data_cfg's heatmap_size"
        )


@LOSSES.register_module()
class JointsMSELoss(nn.Module):
    """`joints_mse` as a config names it.

    Args:
        use_target_weight: whether unlabelled joints are left out.
        loss_weight: factor of the loss.
    """

    loss_name = "mse_loss"

    def __init__(self, use_target_weight: bool = False, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
        """Heatmaps, targets (B, K, H, W) and weights (B, K, 1) → scalar."""
        weight = target_weight if self.use_target_weight else None
        return self.loss_weight * joints_mse(output, target, weight)
