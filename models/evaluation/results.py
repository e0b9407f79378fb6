"""The answers of a test run: its batches as one table, in order, each box once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Predictions:
    """The poses of N person boxes, sorted by the boxes' ids.

    Attributes:
        poses: (N, K, 3) float64: x, y in the image frame and the joint's score.
        boxes: (N, 6) float64: center x, y and scale w, h of the crop, its area in pixels, and the
            score of the box.
        images: N keys of the images they lie in: ids where the run gave them, else paths.
        bbox_ids: (N,) int64.
    """

    poses: np.ndarray
    boxes: np.ndarray
    images: list[Any]
    bbox_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.bbox_ids)


def gather(results: Iterable[Mapping[str, Any]]) -> Predictions:
    """Put the batches of a run into one table.

    A box that was predicted twice, as in results of code that pads the shares of its processes to
    one length, counts once, with its first answer.

    Args:
        results: per batch `preds` (B, K, 3), `boxes` (B, 6), `bbox_ids` of B numbers, and
            `image_ids` or `image_paths` of B keys.

    Raises:
        KeyError: a batch lacks one of these.
        ValueError: lengths or shapes that do not agree, or a number that is not finite; names the
            image.
    """
    poses, boxes, images, bbox_ids = [], [], [], []
    for i, batch in enumerate(results):
        for key in ("preds", "boxes", "bbox_ids"):
            if key not in batch:
                raise KeyError(f"batch {i} of the results has no '{key}', only {sorted(batch)}")
        named = batch.get("image_ids", batch.get("image_paths"))
        if named is None:
            raise KeyError(f"batch {i} of the results has neither 'image_ids' nor 'image_paths'")
        pose = np.asarray(batch["preds"], dtype=np.float64)
        box = np.asarray(batch["boxes"], dtype=np.float64)
        ids = np.asarray(batch["bbox_ids"], dtype=np.int64)
        size = len(ids)
        if pose.ndim != 3 or pose.shape[0] != size or pose.shape[2] != 3:
            raise ValueError(f"preds of batch {i} must be ({size}, K, 3), not {pose.shape}")
        if box.shape != (size, 6):
            raise ValueError(f"boxes of batch {i} must be ({size}, 6), not {box.shape}")
        if len(named) != size:
            raise ValueError(f"batch {i} names {len(named)} images for {size} boxes")
        poses.append(pose)
        boxes.append(box)
        images.extend(named)
        bbox_ids.append(ids)
    if not images:
        return Predictions(np.zeros((0, 0, 3)), np.zeros((0, 6)), [], np.zeros(0, dtype=np.int64))
    if len({pose.shape[1] for pose in poses}) > 1:
        raise ValueError("the batches of the results differ in their number of joints")
    table = Predictions(
        np.concatenate(poses), np.concatenate(boxes), images, np.concatenate(bbox_ids)
    )
    _check_finite(table)
    return _sorted_once(table)


def _check_finite(table: Predictions) -> None:
    finite = np.isfinite(table.poses).all(axis=(1, 2)) & np.isfinite(table.boxes).all(axis=1)
    if not finite.all():
        first = int(np.argmin(finite))
        raise ValueError(
            f"image {table.images[first]}: the pose in box {table.bbox_ids[first]} is NaN or "
            f"infinite, as are {int((~finite).sum())} of {len(table)}; the weights have diverged "
            "or are damaged: test an earlier checkpoint, and train on with a lower learning rate"
        )


def _sorted_once(table: Predictions) -> Predictions:
    """Sorted by box id (images in order of arrival where ids start anew in each), doubles out."""
    seen: set[tuple[Any, int]] = set()
    rows = []
    for i in np.argsort(table.bbox_ids, kind="stable").tolist():
        key = (table.images[i], int(table.bbox_ids[i]))
        if key not in seen:
            seen.add(key)
            rows.append(i)
    return Predictions(
        table.poses[rows], table.boxes[rows], [table.images[i] for i in rows], table.bbox_ids[rows]
    )
