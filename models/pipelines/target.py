"""What the network shall answer: joints in the crop as heatmaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.builder import PIPELINES
from models.codecs import encode_megvii, encode_msra, encode_udp

ENCODINGS = ("MSRA", "Megvii", "UDP")


@PIPELINES.register_module()
class TopDownGenerateTarget:
    """`joints_3d` in the crop frame → `target` (K, H, W) and `target_weight` (K, 1), float32.

    Where the data set says so (`use_different_joint_weights`), the weight is multiplied by the
    joint's own.

    Args:
        sigma: of the Gaussian in heatmap cells (MSRA, UDP); by default `data_cfg.sigma`.
        kernel: (w, h) of the blur in cells, odd (Megvii).
        encoding: 'MSRA', 'Megvii' or 'UDP'; UDP belongs with TopDownAffine(use_udp=True).
        unbiased_encoding: Gaussian at the exact place rather than the nearest cell (MSRA).
        target_type: 'GaussianHeatmap', the only form there is.
    """

    def __init__(
        self,
        sigma: float | None = None,
        kernel: Sequence[int] = (11, 11),
        encoding: str = "MSRA",
        unbiased_encoding: bool = False,
        target_type: str = "GaussianHeatmap",
    ) -> None:
        if encoding not in ENCODINGS:
            raise ValueError(f"encoding '{encoding}' is unknown; use 'MSRA', 'Megvii' or 'UDP'")
        if target_type.lower() != "gaussianheatmap":
            raise ValueError(f"target_type '{target_type}' is not built; use 'GaussianHeatmap'")
        if sigma is not None and not sigma > 0:
            raise ValueError(f"sigma {sigma} must be above 0; published is 2, and 3 at 384×288")
        if unbiased_encoding and encoding != "MSRA":
            raise ValueError(
                f"unbiased_encoding is a variant of MSRA; leave it out with '{encoding}'"
            )
        self.sigma = sigma
        self.kernel = tuple(kernel)
        self.encoding = encoding
        self.unbiased_encoding = unbiased_encoding

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        self.batch([sample])
        return sample

    def batch(self, samples: Sequence[dict[str, Any]]) -> None:
        """Do it to all samples of a batch, side by side in one memory.

        A joint's map depends on no other joint, so those of all persons are made as if they were
        one person's.
        """
        info = samples[0]["ann_info"]
        joints = np.concatenate([sample["joints_3d"] for sample in samples])
        visible = np.concatenate([sample["joints_3d_visible"] for sample in samples])
        try:
            target, weight = self._encode(joints, visible, info)
        except ValueError:
            if len(samples) == 1:
                raise
            for sample in samples:  # the one at fault says which joint
                self(sample)
            return
        target = target.reshape(len(samples), -1, *target.shape[1:])
        weight = weight.reshape(len(samples), -1, 1)
        if info["use_different_joint_weights"]:
            weight = weight * info["joint_weights"].reshape(-1, 1)
        for sample, its_target, its_weight in zip(samples, target, weight, strict=True):
            sample["target"], sample["target_weight"] = its_target, its_weight

    def _encode(
        self, joints: np.ndarray, visible: np.ndarray, info: Mapping[str, Any]
    ) -> tuple[np.ndarray, np.ndarray]:
        if info["heatmap_size"] is None:
            raise KeyError(
                "the size of heatmaps is not known: give data_cfg.heatmap_size, or build the "
                "data set with the network's stride (models.builder.build_split)"
            )
        given = joints, visible, info["image_size"], info["heatmap_size"]
        sigma = info["sigma"] if self.sigma is None else self.sigma
        if self.encoding == "MSRA":
            return encode_msra(*given, sigma, unbiased=self.unbiased_encoding)
        if self.encoding == "UDP":
            return encode_udp(*given, sigma)
        return encode_megvii(*given, self.kernel)
