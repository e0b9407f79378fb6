"""The target step: keypoints in the crop → what the network is taught, by a codec."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models import compat
from models.builder import PIPELINES
from models.codecs import Codec, build_codec


@PIPELINES.register_module()
class TopDownGenerateTarget:
    """`joints_3d` in the crop frame → `target` (C, H, W) and `target_weight` (K, 1), float32.

    Where the data set says so (`use_different_joint_weights`), the weight is multiplied by the
    joint's own.

    Args:
        sigma: of the Gaussian in heatmap pixels (MSRA, UDP); by default `data_cfg.sigma`.
        kernel: (w, h) of the blur in heatmap pixels, odd (Megvii); by default (11, 11).
        encoding: 'MSRA', the default, 'Megvii' or 'UDP', which belongs with
            TopDownAffine(use_udp=True).
        unbiased_encoding: Gaussian at the exact place rather than the nearest heatmap pixel (MSRA).
        target_type: 'GaussianHeatmap', the default, or for UDP 'CombinedTarget'.
        valid_radius_factor: `UDPHeatmap.radius_factor` (CombinedTarget); by default 0.0546875.
        codec: config of the codec. All arguments before are how mmpose 0.x spells one.

    Attributes:
        codec: the codec; its sigma may be open.

    Raises:
        KeyError: an unknown codec, or one with an unknown argument.
        ValueError: settings that are unknown, do not go together, or stand beside `codec`.
    """

    def __init__(
        self,
        sigma: float | None = None,
        kernel: Sequence[int] | None = None,
        encoding: str | None = None,
        unbiased_encoding: bool | None = None,
        target_type: str | None = None,
        valid_radius_factor: float | None = None,
        codec: Mapping[str, Any] | Codec | None = None,
    ) -> None:
        step = {
            "sigma": sigma,
            "kernel": kernel,
            "encoding": encoding,
            "unbiased_encoding": unbiased_encoding,
            "target_type": target_type,
            "valid_radius_factor": valid_radius_factor,
            "codec": codec,
        }
        given = {key: value for key, value in step.items() if value is not None}
        self.codec = build_codec(compat.codec_of_target_step(given))

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        self.batch([sample])
        return sample

    def batch(self, samples: Sequence[dict[str, Any]]) -> None:
        """Do it to all samples of a batch, side by side in one memory."""
        info = samples[0]["ann_info"]
        joints = np.stack([sample["joints_3d"] for sample in samples])
        visible = np.stack([sample["joints_3d_visible"] for sample in samples])
        if info["heatmap_size"] is None:
            raise KeyError(
                "the size of heatmaps is not known: give data_cfg.heatmap_size, or build the data "
                "set with the network's stride (models.networks.build_split)"
            )
        codec = self.codec.with_default_sigma(info.get("sigma"))
        try:
            target, weight = codec.encode_batch(
                joints, visible, info["image_size"], info["heatmap_size"]
            )
        except ValueError:
            if len(samples) == 1:
                raise
            for sample in samples:  # the one at fault says which joint
                self(sample)
            return
        if info["use_different_joint_weights"]:
            weight = weight * info["joint_weights"].reshape(-1, 1)
        for sample, its_target, its_weight in zip(samples, target, weight, strict=True):
            sample["target"], sample["target_weight"] = its_target, its_weight
