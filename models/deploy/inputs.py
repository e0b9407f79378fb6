"""Images to compare an exported file with its network on, and to calibrate 8 bits on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from models.builder import build_dataset


def inputs_of(cfg: Any, split: str, count: int) -> Tensor:
    """Images (count or fewer, 3, H, W) from all over a data set, as a test's pipeline gives them.

    Args:
        cfg: the config.
        split: 'test', or 'training', whose images go through the test's pipeline: 8-bit ranges are
            measured on what will come, not on augmented images.
        count: how many.

    Raises:
        FileNotFoundError: the data set is not there.
    """
    section = cfg.data.test if split == "test" else _training_as_test(cfg.data)
    dataset = build_dataset(section, {"test_mode": True})
    count = min(count, len(dataset))
    return torch.stack([dataset[i * len(dataset) // count]["img"] for i in range(count)])


def stand_ins(
    cfg: Any, network: nn.Module, input_size: tuple[int, int], count: int
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


def _training_as_test(data: Mapping[str, Any]) -> dict[str, Any]:
    """The section of a training set, put through the test's pipeline."""
    train, test = data["train"], data["test"]
    section = {key: value for key, value in train.items() if key != "crop_cache"}
    if "pipeline" in test:
        section["pipeline"] = test["pipeline"]
    if "data_cfg" in test:  # people in their own boxes, in crops of the test's size
        size = test["data_cfg"]["image_size"]
        section["data_cfg"] = {**train["data_cfg"], "image_size": size, "use_gt_bbox": True}
    return section
