"""Batch norm over the batches of all processes, on GPUs and on the CPU."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from mmcv.cnn import NORM_LAYERS
from torch import Tensor, nn
from torch.distributed.nn.functional import all_reduce


@NORM_LAYERS.register_module(name="LiteSyncBN")
class SyncBatchNorm(nn.BatchNorm2d):
    """torch's layer where there is a GPU, and one for the CPU, which torch lacks.

    Configs say 'SyncBN', which `fast_norm` maps to this one.
    On the CPU two sums are exchanged in each pass, of values and of squared deviations: exact and
    slow, so that what runs on GPUs can be tried and tested without.
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> nn.Module:
        """torch's layer, or one of this class."""
        if torch.cuda.is_available():
            return nn.SyncBatchNorm(*args, **kwargs)
        return super().__new__(cls)

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) → the same shape, normalised over N, H and W of all processes."""
        if not self.training or not dist.is_initialized() or dist.get_world_size() == 1:
            return super().forward(input)
        dtype, input = (
            input.dtype,
            input.to(torch.promote_types(input.dtype, torch.float32)),
        )  # sums need the digits
        count = torch.tensor(input.numel() // input.shape[1])
        dist.all_reduce(count)
        count = count.item()
        mean = all_reduce(input.sum((0, 2, 3))) / count
        centred = input - mean[:, None, None]
        var = all_reduce(centred.square().sum((0, 2, 3))) / count
        if self.track_running_stats:
            self._track(mean.detach(), var.detach() * (count / max(count - 1, 1)))
        output = centred * (var + self.eps).rsqrt()[:, None, None]
        if self.affine:
            output = output * self.weight[:, None, None] + self.bias[:, None, None]
        return output.to(dtype)

    @torch.no_grad()
    def _track(self, mean: Tensor, var: Tensor) -> None:
        self.num_batches_tracked += 1
        share = self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(var, share)
