"""Heatmaps of a mirrored picture, turned back into those of the picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:  # exported models are decoded where there is no torch
    import torch

Heatmaps = TypeVar("Heatmaps", np.ndarray, "torch.Tensor")


def flip_back(
    heatmaps: Heatmaps,
    flip_pairs: Iterable[tuple[int, int]],
    shift: bool = False,
    maps_per_joint: int = 1,
) -> Heatmaps:
    """Exchange left and right joints and reverse the columns.

    Args:
        heatmaps: (B, K·`maps_per_joint`, H, W) outputs for the mirrored images; maps of one
            joint follow one another.
        flip_pairs: pairs of joint indices that a mirrored picture exchanges.
        shift: move the result one column to the right; column 0 stays as it is. A mirrored
            picture and its heatmap do not lie alike on their grids (the stride is not 1), and
            one column is what aligns the two answers. With UDP there is nothing to align.
        maps_per_joint: how many maps a joint has.

    Returns:
        New, of the shape, type and device of `heatmaps`.

    Raises:
        ValueError: heatmaps of another shape, or a pair with a joint that they do not have.
    """
    if heatmaps.ndim != 4:
        raise ValueError(f"heatmaps must have shape (B, K, H, W), not {tuple(heatmaps.shape)}")
    count, rest = divmod(heatmaps.shape[1], maps_per_joint)
    if rest:
        raise ValueError(
            f"{heatmaps.shape[1]} heatmaps are not {maps_per_joint} a joint; the network's "
            "out_channels must fit its codec"
        )
    joints = list(range(count))
    columns = list(range(heatmaps.shape[3]))[::-1]
    for a, b in flip_pairs:
        if not (0 <= a < len(joints) and 0 <= b < len(joints)):
            raise ValueError(
                f"flip pair ({a}, {b}) does not fit heatmaps of {len(joints)} joints; "
                "flip_pairs must be of the data set that the network answers for"
            )
        joints[a], joints[b] = joints[b], joints[a]
    if shift:
        columns = columns[:1] + columns[:-1]
    maps = [maps_per_joint * joint + i for joint in joints for i in range(maps_per_joint)]
    return heatmaps[:, maps][..., columns]
