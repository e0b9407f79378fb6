"""A loss of one's own: distillation. The teacher stands outside of the student's checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.builder import LOSSES, build_posenet
from models.runtime.checkpoint import load_checkpoint


@LOSSES.register_module()
class DistillationLoss(nn.Module):
    """Mean squared difference from a teacher's heatmaps.

    Args:
        teacher: config of its network.
        checkpoint: its weights; None leaves them random.
        loss_weight: factor of the loss.
    """

    wants_batch = True

    def __init__(
        self, teacher: Mapping[str, Any], checkpoint: str | None = None, loss_weight: float = 1.0
    ) -> None:
        super().__init__()
        network = build_posenet(teacher).eval().requires_grad_(False)
        if checkpoint:
            load_checkpoint(network, checkpoint)
        self._teacher = (network,)  # in a tuple, so that it is no submodule
        self.loss_weight = loss_weight

    def forward(self, outputs: Mapping[str, Any], batch: Mapping[str, Any]) -> Tensor:
        (teacher,) = self._teacher
        output = outputs["output"]
        with torch.no_grad():
            wanted = teacher.to(output.device).forward_tensor(batch["img"])
        wanted = F.interpolate(wanted, output.shape[2:], mode="bilinear", align_corners=False)
        return self.loss_weight * F.mse_loss(output, wanted)
