"""Adaptive wing loss: near a joint small errors count, in the background they do not.

Wang et al., "Adaptive Wing Loss for Robust Face Alignment via Heatmap Regression", ICCV 2019,
arXiv 1904.07399.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.builder import LOSSES
from models.losses.joints_mse import check_shapes


def adaptive_wing(
    output: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    alpha: float = 2.1,
    omega: float = 14.0,
    epsilon: float = 1.0,
    theta: float = 0.5,
) -> Tensor:
    """Mean over pixels; with y the target and d the absolute error (equations 3 and 4):

        ω·ln(1 + (d/ε)^(α−y))  where d < θ,  A·d − C  elsewhere

    with A and C such that both pieces meet, in value and slope, at θ.

    Args:
        output: predicted heatmaps (B, K, H, W).
        target: target heatmaps (B, K, H, W), in [0, 1].
        weight: (B, K, 1), factor of heatmap and target; None weighs all 1.
        alpha: exponent of the background; above 2 for a gradient that goes to 0 with the error.
        omega: scale of the loss.
        epsilon: scale of the errors.
        theta: error from which on the loss is linear.

    Returns:
        A scalar.

    Raises:
        ValueError: shapes differ.
    """
    check_shapes(output, target)
    if weight is not None:
        weight = weight.unsqueeze(-1)
        output, target = output * weight, target * weight
    error = (target - output).abs()
    exponent = alpha - target
    at_theta = (theta / epsilon) ** exponent
    slope = omega * exponent * at_theta / (theta * (1 + at_theta))
    offset = theta * slope - omega * torch.log1p(at_theta)
    curved = omega * torch.log1p((error / epsilon) ** exponent)
    return torch.where(error < theta, curved, slope * error - offset).mean()


@LOSSES.register_module()
class AdaptiveWingLoss(nn.Module):
    """`adaptive_wing` as a config names it.

    Args:
        alpha: exponent of the background.
        omega: scale of the loss.
        epsilon: scale of the errors.
        theta: error from which on the loss is linear.
        use_target_weight: whether unlabelled joints are left out.
        loss_weight: factor of the loss.
    """

    loss_name = "awing_loss"

    def __init__(
        self,
        alpha: float = 2.1,
        omega: float = 14.0,
        epsilon: float = 1.0,
        theta: float = 0.5,
        use_target_weight: bool = False,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.shape = {"alpha": alpha, "omega": omega, "epsilon": epsilon, "theta": theta}
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
        """Heatmaps, targets (B, K, H, W) and weights (B, K, 1) → scalar."""
        weight = target_weight if self.use_target_weight else None
        return self.loss_weight * adaptive_wing(output, target, weight, **self.shape)
