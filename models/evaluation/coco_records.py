"""The poses of a test run as COCO's server takes them: rescored, doubles out, one record each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.evaluation.results import Predictions, gather
from models.evaluation.suppression import by_image, suppress


def coco_records(
    results: Iterable[Mapping[str, Any]],
    *,
    image_id_of: Callable[[Any], Any] | None = None,
    sigmas: ArrayLike | None = None,
    vis_thr: float = 0.2,
    oks_thr: float = 0.9,
    use_nms: bool = True,
    soft_nms: bool = False,
    max_dets: int = 20,
    category_id: int = 1,
) -> list[dict[str, Any]]:
    """The entries of `result_keypoints.json`.

    Args:
        results: the run's batches, as for `gather`.
        image_id_of: COCO image id of what the batches call an image (a path); None where that is
            the id already.
        sigmas: (K,) of the data set; by default COCO's.
        vis_thr: see `rescore`.
        oks_thr: see `oks_nms`; for the soft form, see `soft_oks_nms`.
        use_nms: False keeps every pose, in the order of the boxes.
        soft_nms: the soft form.
        max_dets: at most so many stay in an image, in the soft form.
        category_id: of a person.

    Raises:
        as `gather`; and ValueError for another number of sigmas than of joints.
    """
    predictions = gather(results)
    scores = rescore(predictions.boxes[:, 5], predictions.poses[..., 2], vis_thr)
    if not use_nms:
        rows, *_ = by_image(predictions.images)
    else:
        rows = suppress(
            predictions.images,
            predictions.poses,
            scores,
            predictions.boxes[:, 4],
            oks_thr,
            sigmas,
            soft_nms,
            max_dets,
        )
    return _records(predictions, scores, rows, image_id_of, category_id)


def rescore(box_scores: ArrayLike, joint_scores: ArrayLike, vis_thr: float) -> np.ndarray:
    """Scores (N,) of poses: of the box, times the mean over the joints that score above `vis_thr`.

    A pose without such a joint scores 0.

    Args:
        box_scores: (N,).
        joint_scores: (N, K).
        vis_thr: score that a joint must exceed.
    """
    joint_scores = np.asarray(joint_scores, dtype=np.float64)
    seen = joint_scores > vis_thr
    total = np.where(seen, joint_scores, 0).sum(axis=-1)
    return np.asarray(box_scores, dtype=np.float64) * total / np.maximum(seen.sum(axis=-1), 1)


def _records(
    predictions: Predictions,
    scores: np.ndarray,
    rows: np.ndarray,
    image_id_of: Callable[[Any], Any] | None,
    category_id: int,
) -> list[dict[str, Any]]:
    """The entries of the result file: of the poses `rows`, in this order."""
    images = [predictions.images[row] for row in rows.tolist()]
    if image_id_of is not None:
        ids = {image: image_id_of(image) for image in dict.fromkeys(images)}
        images = [ids[image] for image in images]
    boxes = predictions.boxes[rows]
    columns = (
        images,
        predictions.poses[rows].reshape(len(rows), 3 * predictions.poses.shape[1]).tolist(),
        scores[rows].tolist(),
        boxes[:, :2].tolist(),
        boxes[:, 2:4].tolist(),
    )
    return [
        {
            "image_id": image,
            "category_id": category_id,
            "keypoints": keypoints,
            "score": score,
            "center": center,
            "scale": scale,
        }
        for image, keypoints, score, center, scale in zip(*columns, strict=True)
    ]
