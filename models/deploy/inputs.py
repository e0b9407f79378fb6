"""Images to compare an exported file with its network on, and to calibrate 8 bits on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from models.builder import DATASETS, find_class
from models.networks import Network, build_split


def inputs_of(cfg: Any, network: Network, split: str, count: int) -> Tensor:
    """Images (count or fewer, 3, H, W) from all over a data set, as a test's pipeline gives them.

    Args:
        cfg: the config.
        network: what the images are for.
        split: 'test', or 'training', whose images go through the test's pipeline: 8-bit ranges are
            measured on what will come, not on augmented images.
        count: how many.

    Raises:
        FileNotFoundError: the data set is not there.
    """
    section = cfg.data.test
    if split == "training":
        section = find_class(section.type, DATASETS).as_tested(cfg.data.train, section)
    dataset = build_split({"data": {"test": section}}, "test", network)
    count = min(count, len(dataset))
    return torch.stack([dataset[i * len(dataset) // count]["img"] for i in range(count)])


def stand_ins(
    cfg: Any, network: Network, input_size: tuple[int, int], count: int
) -> tuple[Tensor, str]:
    """Images (count, 3, H, W) where there is no data set, and what they are.

    Args:
        cfg: the config.
        network: what the images are for; it may have drawn ones.
        input_size: (w, h) of images.
        count: how many.
    """
    drawn = network.drawn_inputs(count, input_size, cfg.data.test.get("pipeline"))
    if drawn is not None:
        return drawn
    width, height = input_size
    noise = torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(0))
    return noise, "random noise"
