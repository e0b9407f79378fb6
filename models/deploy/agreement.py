"""Whether a fast form answers what the network answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.deploy.engines import Engine
from models.structures import PIXEL_STD

SURE = 0.3
"""Heatmaps above this share of the highest value of all show a joint, not noise."""

_CELL = 4.0  # side of a heatmap's cell, in pixels of the crop


@dataclass(frozen=True)
class Agreement:
    """How far two sets of heatmaps are apart.

    Attributes:
        relative: largest difference, relative to the highest value of the network's heatmaps.
        joints: share of decoded joints that lie less than half a pixel of the crop apart. Where two
            places of a heatmap are equally high, rounding decides for one of them.
        sure: share of the joints that the network is sure of (`SURE`) that lie less than a cell of
            the heatmap apart; NaN where it is sure of none.
        crops: number of crops compared.
    """

    relative: float
    joints: float
    sure: float
    crops: int


@torch.no_grad()
def compare(engine: Engine, network: nn.Module, crops: Tensor) -> Agreement:
    """Run an engine and the network that it was made of on the same crops.

    Args:
        engine: the fast form.
        network: the training form; it is left in eval mode.
        crops: normalised, (B, 3, H, W).

    Raises:
        ValueError: the network's heatmaps are not finite or all 0, or the engine answers another
            shape, or numbers that are not finite.
    """
    device = next(network.parameters()).device
    expected = network.eval().forward_tensor(crops.to(device)).cpu().numpy()
    answered = engine(crops).float().cpu().numpy()
    if not np.isfinite(expected).all() or not expected.any():
        raise ValueError(
            "the network's own heatmaps are NaN, infinite or all 0: there is nothing to compare "
            "with; use an earlier checkpoint"
        )
    if answered.shape != expected.shape:
        raise ValueError(f"heatmaps have shape {answered.shape}, the network's {expected.shape}")
    if not np.isfinite(answered).all():
        raise ValueError("heatmaps are NaN or infinite where the network's are not")
    size = np.array(crops.shape[:1:-1], dtype=np.float64)
    center, scale = np.tile(size / 2, (len(crops), 1)), np.tile(size / PIXEL_STD, (len(crops), 1))
    codec = network.codec
    points = [codec.decode(heatmaps, center, scale)[0] for heatmaps in (expected, answered)]
    distance = np.linalg.norm(points[0] - points[1], axis=-1)
    heights = codec.keypoint_maps(expected).max(axis=(2, 3))
    near = distance[heights > SURE * heights.max()] < _CELL
    return Agreement(
        relative=float(np.abs(answered - expected).max() / np.abs(expected).max()),
        joints=float((distance < 0.5).mean()),
        sure=float(near.mean()) if near.size else float("nan"),
        crops=len(crops),
    )
