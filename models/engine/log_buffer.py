"""What the log averages, read from the device once an interval."""

from __future__ import annotations

import torch
from mmcv.runner.log_buffer import LogBuffer
from torch import Tensor


class DeviceLogBuffer(LogBuffer):
    """mmcv's buffer, into which scalar tensors can be put as well as numbers.

    To read a tensor on a GPU waits until all that was queued before it is done. Here they are read
    when averages are asked for, all at once; the averages are those of the numbers.
    """

    def average(self, n: int = 0) -> None:
        """Average the latest `n` values of each variable; 0 means all."""
        places = [
            (values, i)
            for values in self.val_history.values()
            for i, value in enumerate(values)
            if isinstance(value, Tensor)
        ]
        if places:
            numbers = torch.stack([values[i].double() for values, i in places]).tolist()
            for (values, i), number in zip(places, numbers, strict=True):
                values[i] = number
        super().average(n)
