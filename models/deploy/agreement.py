"""Whether a fast form answers what the network answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Agreement:
    """How far two outputs for the same images are apart.

    Attributes:
        relative: largest difference, relative to the highest value of the network's output.
        images: number of images compared.
        closeness: shares in the task's own measures, see `Network.closeness`.
    """

    relative: float
    images: int
    closeness: Mapping[str, float] = field(default_factory=dict)


@torch.no_grad()
def compare(engine: Callable[[Tensor], Tensor], network: nn.Module, images: Tensor) -> Agreement:
    """Run an engine and the network that it was made of on the same images.

    Args:
        engine: the fast form.
        network: the training form; it is left in eval mode.
        images: normalised, (B, 3, H, W).

    Raises:
        ValueError: the network's output is not finite or all 0, or the engine's has another shape,
            or numbers that are not finite.
    """
    device = next(network.parameters()).device
    what = network.output_name
    expected = network.eval().forward_tensor(images.to(device)).cpu().numpy()
    predicted = engine(images).float().cpu().numpy()
    if not np.isfinite(expected).all() or not expected.any():
        raise ValueError(
            f"the network's own {what} are NaN, infinite or all 0: there is nothing to compare "
            "with; use an earlier checkpoint"
        )
    if predicted.shape != expected.shape:
        raise ValueError(f"{what} have shape {predicted.shape}, the network's {expected.shape}")
    if not np.isfinite(predicted).all():
        raise ValueError(f"{what} are NaN or infinite where the network's are not")
    height, width = images.shape[2:]
    return Agreement(
        relative=float(np.abs(predicted - expected).max() / np.abs(expected).max()),
        images=len(images),
        closeness=dict(network.closeness(expected, predicted, (width, height))),
    )
