"""From arrays to what the network and the loader take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmcv.parallel import DataContainer

from models.builder import PIPELINES
from models.pipelines.sample import Sample

#: recorded whenever the sample has it: predictions are told apart by it when they are evaluated
ALWAYS_RECORDED = ("bbox_id",)


@PIPELINES.register_module()
class ToTensor:
    """`img` (H, W, 3) uint8 → (3, H, W) float32 in 0–1; a float image is not divided by 255."""

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        image = np.ascontiguousarray(sample["img"].transpose(2, 0, 1))
        tensor = torch.from_numpy(image)
        sample["img"] = tensor.float().div_(255) if tensor.dtype == torch.uint8 else tensor.float()
        return sample


@PIPELINES.register_module()
class NormalizeTensor:
    """`img` → (img − mean) / std, channel by channel.

    Args:
        mean: of each channel, on the scale 0–1.
        std: of each channel.
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        if len(mean) != len(std) or not all(s > 0 for s in std):
            raise ValueError(
                f"mean {list(mean)} and std {list(std)} need one number a channel, std above 0"
            )
        self.mean = torch.tensor(mean, dtype=torch.float32).view(-1, 1, 1)
        self.std = torch.tensor(std, dtype=torch.float32).view(-1, 1, 1)

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        sample["img"] = (sample["img"] - self.mean).div_(self.std)
        return sample


@PIPELINES.register_module()
class Collect:
    """Keep what the batch needs: tensors to be stacked, and one dict of facts a sample.

    Every key is looked up in the sample, then in its `ann_info` (flip_pairs, image_size …).
    `bbox_id` is recorded whether or not it is asked for.

    Args:
        keys: what is stacked into the batch; a pair (key, name) is stored under `name`.
        meta_keys: what goes, as it is, into the dict of facts.
        meta_name: key of that dict, which is wrapped for mmcv's collate to leave it on the CPU.

    Raises:
        KeyError: on a sample that lacks a key; names the step that makes it.
    """

    def __init__(
        self,
        keys: Sequence[str | tuple[str, str]],
        meta_keys: Sequence[str | tuple[str, str]] = (),
        meta_name: str = "img_metas",
    ) -> None:
        self.keys = [_source_and_name(key) for key in keys]
        self.meta_keys = [_source_and_name(key) for key in meta_keys]
        self.meta_name = meta_name

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        collected = {name: _look_up(sample, key) for key, name in self.keys}
        facts = {key: sample[key] for key in ALWAYS_RECORDED if key in sample}
        facts.update({name: _look_up(sample, key) for key, name in self.meta_keys})
        collected[self.meta_name] = DataContainer(facts, cpu_only=True)
        return collected


def _source_and_name(key: str | tuple[str, str]) -> tuple[str, str]:
    return (key, key) if isinstance(key, str) else tuple(key)


def _look_up(sample: dict[str, Any], key: str) -> Any:
    if key not in sample and key in sample.get("ann_info", {}):
        return sample["ann_info"][key]
    return Sample(sample)[key]
