"""The accuracy that training logs: how often the brightest pixel is near the right one."""

from __future__ import annotations

import torch
from torch import Tensor


def heatmap_accuracy(
    output: Tensor, target: Tensor, weight: Tensor, threshold: float = 0.05
) -> Tensor:
    """PCK of arg-max positions, distances relative to the heatmap's size.

    The log's `acc_pose`, as in mmpose 0.x: per joint the share of samples whose distance is below
    `threshold` (in heatmap sizes: 0.05 is 1/20 of the width and height), averaged over the joints
    that are labelled in the batch.

    Args:
        output: predicted heatmaps (B, K, H, W); of several maps a joint (with offsets), the first
            of each counts.
        target: target heatmaps, the same.
        weight: (B, K, 1); only joints with weight > 0 count.
        threshold: in heatmap sizes.

    Returns:
        A scalar in [0, 1]; 0 where nothing is labelled.
    """
    maps = output.shape[1] // weight.shape[1]
    output, target = output[:, ::maps], target[:, ::maps]
    x, y = (_argmax(output) - _argmax(target)).unbind(-1)
    # Sizes as numbers: a tensor of them would be a transfer to the GPU in each iteration.
    distance = torch.hypot(x / output.shape[-1], y / output.shape[-2])  # (B, K)
    labelled = weight[..., 0] > 0
    right = (distance < threshold) & labelled
    per_joint = right.sum(0) / labelled.sum(0).clamp(min=1)
    return per_joint.sum() / labelled.any(0).sum().clamp(min=1)


def _argmax(heatmaps: Tensor) -> Tensor:
    """Points (B, K, 2) of the maxima, heatmap frame."""
    index = heatmaps.flatten(2).argmax(-1)
    width = heatmaps.shape[-1]
    return torch.stack([index % width, index // width], dim=-1).float()
