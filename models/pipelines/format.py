"""From arrays to what the network and the loader take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmcv.parallel import DataContainer

from models.builder import PIPELINES
from models.pipelines.declared import Step, offer
from models.pipelines.preprocess import normalization_table, normalize_into
from models.pipelines.sample import Sample

#: recorded whenever the sample has it: predictions are told apart by it when they are evaluated
ALWAYS_RECORDED = ("bbox_id",)


@PIPELINES.register_module()
class ToTensor:
    """`img` (H, W, 3) uint8 → (3, H, W) float32 in 0–1; a float image is not divided by 255.

    Args:
        keep_uint8: leave the bytes as they are: a quarter of the memory on the way to the device,
            where the network normalises (`model.img_norm_cfg`); no `NormalizeTensor` then.
    """

    def __init__(self, keep_uint8: bool = False) -> None:
        self.keep_uint8 = keep_uint8

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        self.batch([sample])
        return sample

    def batch(self, samples: Sequence[dict[str, Any]]) -> None:
        """Do it to all samples of a batch; bytes side by side in one memory."""
        if not self.keep_uint8:
            for sample in samples:
                tensor = torch.from_numpy(np.ascontiguousarray(sample["img"].transpose(2, 0, 1)))
                is_bytes = tensor.dtype == torch.uint8
                sample["img"] = tensor.float().div_(255) if is_bytes else tensor.float()
            return
        for sample in samples:
            if sample["img"].dtype != np.uint8:
                raise ValueError(
                    f"ToTensor(keep_uint8=True) got {sample['img'].dtype}; leave keep_uint8 out, "
                    "or to_float32 of LoadImageFromFile"
                )
        height, width, channels = samples[0]["img"].shape
        tensors = torch.empty((len(samples), channels, height, width), dtype=torch.uint8)
        for sample, tensor in zip(samples, tensors, strict=True):
            np.stack(cv2.split(sample["img"]), out=tensor.numpy())
            sample["img"] = tensor

    def merged_with(self, step: Step) -> Step | None:
        """See `declared.py`; a step after this one may offer `byte_table`."""
        table = None if self.keep_uint8 else offer(step, "byte_table")
        return NormalizedTensor(self, step, table()) if table else None

    def described(self) -> dict[str, Any]:
        """See `declared.py`."""
        return {"divisor": 255}


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
        if sample["img"].dtype == torch.uint8:
            raise ValueError(
                "NormalizeTensor got bytes; leave it out after ToTensor(keep_uint8=True) and give "
                "its mean and std to the network as model.img_norm_cfg"
            )
        sample["img"] = (sample["img"] - self.mean).div_(self.std)
        return sample

    def byte_table(self) -> np.ndarray:
        """What becomes of each byte that `ToTensor` has divided by 255; (C, 256) float32."""
        return normalization_table(self.mean, self.std)

    def described(self) -> dict[str, Any]:
        """See `declared.py`; a float32 as the number that a person wrote."""
        mean, std = (
            tuple(float(str(value)) for value in values.flatten().numpy())
            for values in (self.mean, self.std)
        )
        return {"mean": mean, "std": std}


class NormalizedTensor:
    """`ToTensor` and a step that offers `byte_table` in one, with the same bits.

    An `img` that is not (H, W, C) uint8 goes through the two steps.

    Args:
        to_tensor: the first step.
        normalize: the second step.
        table: (C, 256) float32, what becomes of each byte of a channel.
    """

    def __init__(self, to_tensor: ToTensor, normalize: Step, table: np.ndarray) -> None:
        self.stands_for = (to_tensor, normalize)
        self.table = table

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        return self.batch([sample])[0]

    def batch(self, samples: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        """Do it to all samples of a batch, side by side in one memory."""
        shape = samples[0]["img"].shape
        fits = all(s["img"].dtype == np.uint8 and s["img"].shape == shape for s in samples)
        if not fits or shape[2:] != self.table.shape[:1]:
            first, second = self.stands_for
            return [second(first(sample)) for sample in samples]
        height, width, channels = shape
        tensors = torch.empty((len(samples), channels, height, width))
        for sample, tensor in zip(samples, tensors, strict=True):
            normalize_into(tensor.numpy(), sample["img"], self.table)
            sample["img"] = tensor
        return samples


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

    def batch(self, samples: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Do it to all samples of a batch."""
        return [self(sample) for sample in samples]

    def described(self) -> dict[str, Any]:
        """See `declared.py`."""
        return {}


def _source_and_name(key: str | tuple[str, str]) -> tuple[str, str]:
    return (key, key) if isinstance(key, str) else tuple(key)


def _look_up(sample: dict[str, Any], key: str) -> Any:
    if key in sample:
        return sample[key]
    shared = sample.get("ann_info", {})
    return shared[key] if key in shared else Sample(sample)[key]
