"""Where PyTorch computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def choose_device(asked: str | torch.device | None = None) -> torch.device:
    """The device asked for, else the first GPU where there is one.

    Raises:
        ValueError: a GPU is asked for, and there is none.
    """
    import torch

    available = torch.cuda.is_available()
    device = torch.device(asked or ("cuda:0" if available else "cpu"))
    if device.type == "cuda" and not available:
        raise ValueError(f"there is no GPU that PyTorch can use for device '{asked}'; use 'cpu'")
    return device
