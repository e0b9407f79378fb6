"""What the network shall answer: joints in the crop as heatmaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

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
        info = sample["ann_info"]
        sigma = info["sigma"] if self.sigma is None else self.sigma
        given = (
            sample["joints_3d"],
            sample["joints_3d_visible"],
            info["image_size"],
            info["heatmap_size"],
        )
        if self.encoding == "MSRA":
            target, weight = encode_msra(*given, sigma, unbiased=self.unbiased_encoding)
        elif self.encoding == "UDP":
            target, weight = encode_udp(*given, sigma)
        else:
            target, weight = encode_megvii(*given, self.kernel)
        if info["use_different_joint_weights"]:
            weight = weight * info["joint_weights"].reshape(-1, 1)
        sample["target"], sample["target_weight"] = target, weight
        return sample
