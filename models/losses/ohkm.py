"""Mean squared error of each image's hardest joints alone.

Online hard keypoint mining: Chen et al., "Cascaded Pyramid Network for Multi-Person Pose
Estimation", CVPR 2018, arXiv 1711.07319.
"""

from __future__ import annotations

from torch import Tensor, nn

from models.builder import LOSSES
from models.losses.joints_mse import check_shapes


def joints_ohkm_mse(
    output: Tensor, target: Tensor, weight: Tensor | None = None, topk: int = 8
) -> Tensor:
    """Mean over images and over the `topk` joints of each with the largest MSE.

    Args:
        output: predicted heatmaps (B, K, H, W).
        target: target heatmaps (B, K, H, W).
        weight: (B, K, 1), factor of heatmap and target; None weighs all 1.
        topk: joints that count, at most K.

    Returns:
        A scalar.

    Raises:
        ValueError: shapes differ, or there are fewer joints than `topk`.
    """
    check_shapes(output, target)
    if output.shape[1] < topk:
        raise ValueError(
            f"loss_pose.topk={topk}, but there are {output.shape[1]} joints; use a smaller number"
        )
    difference = output - target
    if weight is not None:
        difference = difference * weight.unsqueeze(-1)
    return difference.square().mean((2, 3)).topk(topk, dim=1).values.mean()


@LOSSES.register_module()
class JointsOHKMMSELoss(nn.Module):
    """`joints_ohkm_mse` as a config names it.

    Args:
        use_target_weight: whether unlabelled joints are left out.
        topk: joints of each image that count.
        loss_weight: factor of the loss.
    """

    loss_name = "ohkm_mse_loss"

    def __init__(
        self, use_target_weight: bool = False, topk: int = 8, loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        if topk < 1:
            raise ValueError(f"loss_pose.topk={topk} cannot be; use 1 or more")
        self.use_target_weight = use_target_weight
        self.topk = topk
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
        """Heatmaps, targets (B, K, H, W) and weights (B, K, 1) → scalar."""
        weight = target_weight if self.use_target_weight else None
        return self.loss_weight * joints_ohkm_mse(output, target, weight, self.topk)
