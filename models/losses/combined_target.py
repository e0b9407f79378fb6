"""The loss of heatmaps with offset maps: where a joint is, and how far from the pixel's centre.

Huang et al., "The Devil Is in the Details: Delving into Unbiased Data Processing for Human Pose
Estimation", CVPR 2020, arXiv 1911.07524.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from models.builder import LOSSES
from models.losses.joints_mse import check_shapes


def combined_target_mse(output: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Half the sum of three MSEs: of the response, and of the x and y offsets where it is 1.

    The response of the target, after weighting, is the mask of the offsets.

    Args:
        output: predicted maps (B, 3·K, H, W); of each joint response, offset in x, offset in y.
        target: the same.
        weight: (B, K, 1), factor of responses; None weighs all 1.

    Returns:
        A scalar, the mean over joints.

    Raises:
        ValueError: shapes differ, or channels are no multiple of 3.
    """
    check_shapes(output, target)
    if output.shape[1] % 3:
        raise ValueError(
            f"there are {output.shape[1]} maps, no multiple of 3 (response, x and y offset); "
            "give the head out_channels of 3 times the number of joints, or use another loss"
        )
    response, *offsets = output.unflatten(1, (-1, 3)).unbind(2)
    target_response, *target_offsets = target.unflatten(1, (-1, 3)).unbind(2)
    if weight is not None:
        weight = weight.unsqueeze(-1)
        response, target_response = response * weight, target_response * weight
    loss = F.mse_loss(response, target_response)
    for offset, target_offset in zip(offsets, target_offsets, strict=True):
        loss = loss + F.mse_loss(target_response * offset, target_response * target_offset)
    return 0.5 * loss


@LOSSES.register_module()
class CombinedTargetMSELoss(nn.Module):
    """`combined_target_mse` as a config names it.

    Args:
        use_target_weight: whether unlabelled joints are left out.
        loss_weight: factor of the loss.
    """

    loss_name = "combined_mse_loss"

    def __init__(self, use_target_weight: bool = False, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.use_target_weight = use_target_weight
        self.loss_weight = loss_weight

    def forward(self, output: Tensor, target: Tensor, target_weight: Tensor) -> Tensor:
        """Maps, targets (B, 3·K, H, W) and weights (B, K, 1) → scalar."""
        weight = target_weight if self.use_target_weight else None
        return self.loss_weight * combined_target_mse(output, target, weight)
