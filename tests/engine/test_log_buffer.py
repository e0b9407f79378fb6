"""Averages of the log, whose values come as numbers or as tensors."""

from __future__ import annotations

import torch
from mmcv.runner.log_buffer import LogBuffer

from models.engine.log_buffer import DeviceLogBuffer


def test_tensors_average_as_their_numbers():
    plain, ours = LogBuffer(), DeviceLogBuffer()
    for i in range(7):
        loss = torch.rand(())
        plain.update({"loss": loss.item(), "time": i / 3}, i + 1)
        ours.update({"loss": loss, "time": i / 3}, i + 1)
        if i in (3, 6):
            for n in (2, 0):
                plain.average(n)
                ours.average(n)
                assert dict(ours.output) == dict(plain.output)
    assert ours.ready


def test_values_are_read_once():
    buffer = DeviceLogBuffer()
    buffer.update({"loss": torch.tensor(2.0)})
    buffer.average()
    assert buffer.val_history["loss"] == [2.0]
    assert isinstance(buffer.val_history["loss"][0], float)
