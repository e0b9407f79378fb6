"""From bytes to normalised crops, on the device that the network is on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from models.runtime.names import check_keys


class Normalization(nn.Module):
    """Bytes → (byte / 255 − mean) / std, float32, channel by channel.

    The operations of `ToTensor` and `NormalizeTensor`, in their order, so on the CPU their bits.
    No part of a checkpoint.

    Args:
        mean: of each channel, on the scale 0–1.
        std: of each channel.

    Raises:
        ValueError: lengths that differ, or a std that is not above 0.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != len(std) or not all(s > 0 for s in std):
            raise ValueError(
                f"img_norm_cfg: mean {list(mean)} and std {list(std)} need one number a channel, "
                "std above 0"
            )
        for name, values in (("mean", mean), ("std", std)):
            values = torch.tensor(values, dtype=torch.float32).view(-1, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def forward(self, img: Tensor) -> Tensor:
        """Crops (B, C, H, W) uint8 → float32."""
        return img.float().div_(255).sub_(self.mean).div_(self.std)


def network_input(img: Tensor, normalize: Normalization | None) -> Tensor:
    """Crops as a network takes them: bytes are normalised, numbers are as they should be.

    Raises:
        ValueError: the crops are bytes and there is no normalisation.
    """
    if img.dtype != torch.uint8:
        return img
    if normalize is None:
        raise ValueError(
            "the crops are bytes (uint8): give model.img_norm_cfg=dict(mean=…, std=…), or take "
            "keep_uint8 out of ToTensor and put NormalizeTensor behind it"
        )
    return normalize(img)


def build_normalization(cfg: Mapping[str, Any] | None) -> Normalization | None:
    """From a config's `model.img_norm_cfg`: mean and std; None where it has none.

    Raises:
        KeyError: a key is unknown or missing.
    """
    if not cfg:
        return None
    check_keys(cfg, ("mean", "std"), "model.img_norm_cfg")
    for key in ("mean", "std"):
        if key not in cfg:
            raise KeyError(f"model.img_norm_cfg has no '{key}'; give one number a channel")
    return Normalization(cfg["mean"], cfg["std"])
