"""The flip test: heatmaps of a crop and of its mirror image, averaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from models.codecs import Codec


def predict(
    heatmaps: Callable[[Tensor], Tensor],
    img: Tensor,
    test_cfg: Mapping[str, Any],
    codec: Codec,
    flip_pairs: Sequence[tuple[int, int]] | None = None,
) -> Tensor:
    """Heatmaps averaged over the view and, where `flip_pairs` is given, its mirror image.

    Both views go through the network as one batch.

    Args:
        heatmaps: crops (B, 3, H, W) → heatmaps (B, K, H/4, W/4).
        img: normalised crops (B, 3, H, W).
        test_cfg: `shift_heatmap`, and `average_clips`: 'score' averages heatmaps as they are,
            'prob' after a spatial softmax each.
        codec: turns the mirrored image's heatmaps back.
        flip_pairs: pairs of left and right joints; None for no flip test.

    Returns:
        (B, K, H/4, W/4).
    """
    if flip_pairs is None:
        views = [heatmaps(img)]
    else:
        direct, mirrored = heatmaps(torch.cat([img, img.flip(-1)])).chunk(2)
        shift = test_cfg.get("shift_heatmap", False)
        views = [direct, codec.flip_back(mirrored, flip_pairs, shift)]
    if test_cfg.get("average_clips", "score") == "prob":
        views = [view.flatten(2).softmax(-1).view_as(view) for view in views]
    return views[0] if len(views) == 1 else (views[0] + views[1]) * 0.5
