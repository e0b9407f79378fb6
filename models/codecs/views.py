"""The flip test: heatmaps of a crop and of its mirror image, averaged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from models.codecs.flip import Heatmaps, flip_back


def average_views(
    forward: Callable[[Heatmaps], Heatmaps],
    images: Heatmaps,
    flip_pairs: Sequence[tuple[int, int]] | None = None,
    shift: bool = False,
    average: str = "score",
    flip_back: Callable[..., Heatmaps] = flip_back,
) -> Heatmaps:
    """Heatmaps averaged over the view and, where `flip_pairs` is given, its mirror image.

    Both views go through the network as one batch.

    Args:
        forward: crops (B, 3, H, W) → heatmaps (B, K, h, w), both arrays or both tensors.
        images: normalised crops (B, 3, H, W).
        flip_pairs: pairs of left and right joints; None for no flip test.
        shift: handed to `flip_back`.
        average: 'score' averages heatmaps as they are, 'prob' after a spatial softmax each.
        flip_back: the mirror image's heatmaps, `flip_pairs` and `shift` → heatmaps of the image.

    Returns:
        (B, K, h, w), of the type of `images`.
    """
    if flip_pairs is None:
        views = [forward(images)]
    else:
        both = forward(_with_mirror_images(images))
        count = len(both) // 2
        views = [both[:count], flip_back(both[count:], flip_pairs, shift=shift)]
    if average == "prob":
        views = [_softmax(view) for view in views]
    return views[0] if len(views) == 1 else (views[0] + views[1]) * 0.5


def _with_mirror_images(images: Heatmaps) -> Heatmaps:
    if isinstance(images, np.ndarray):
        return np.concatenate([images, images[..., ::-1]])
    import torch

    return torch.cat([images, images.flip(-1)])


def _softmax(heatmaps: Heatmaps) -> Heatmaps:
    if isinstance(heatmaps, np.ndarray):
        powers = np.exp(heatmaps - heatmaps.max(axis=(2, 3), keepdims=True))
        return powers / powers.sum(axis=(2, 3), keepdims=True)
    return heatmaps.flatten(2).softmax(-1).view_as(heatmaps)
