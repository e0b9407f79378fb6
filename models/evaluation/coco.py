"""COCO's keypoint evaluation: from the poses of a test run to AP and AR.

Each pose is rescored by its joints, doubles are suppressed per image, the rest is written as
`result_keypoints.json` (the form that COCO's server takes) and compared with the labels by
xtcocotools.

Source: cocodataset.org, "Keypoint evaluation".
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from xtcocotools.coco import COCO
from xtcocotools.cocoeval import COCOeval

from models.evaluation.oks import oks_nms, soft_oks_nms
from models.evaluation.results import Predictions, gather
from models.runtime.files import dump_json, load_json
from models.structures.coco import COCO_17

#: what COCO reports, in its order: means over OKS 0.50 … 0.95, at one OKS, by size of the person
STATISTICS = (
    *("AP", "AP .5", "AP .75", "AP (M)", "AP (L)"),
    *("AR", "AR .5", "AR .75", "AR (M)", "AR (L)"),
)

RESULT_FILE = "result_keypoints.json"


def evaluate_coco(
    results: Iterable[Mapping[str, Any]],
    coco_gt: COCO | Mapping[str, Any] | str | os.PathLike,
    res_folder: str | os.PathLike,
    *,
    image_id_of: Callable[[Any], Any] | None = None,
    sigmas: ArrayLike | None = None,
    vis_thr: float = 0.2,
    oks_thr: float = 0.9,
    use_nms: bool = True,
    soft_nms: bool = False,
    max_dets: int = 20,
    category_id: int = 1,
    verbose: bool = False,
) -> OrderedDict[str, float]:
    """The whole road: rescore, suppress, write `res_folder/result_keypoints.json`, evaluate.

    Args:
        results: the run's batches, as for `gather`.
        coco_gt: the ground truth, or its file. Without annotations (test-dev) the json is
            written and nothing evaluated.
        res_folder: where the json goes.
        image_id_of: COCO image id of what the batches call an image (a path); None where that is
            the id already.
        sigmas: (K,) of the data set; by default COCO's.
        vis_thr: see `rescore`.
        oks_thr: see `select_poses`, as for `use_nms`, `soft_nms` and `max_dets`.
        category_id: of a person.
        verbose: let xtcocotools print.

    Returns:
        The ten `STATISTICS` as fractions; empty where nothing can be evaluated.

    Raises:
        as `gather` and `evaluate_coco_keypoints`.
    """
    predictions = gather(results)
    records = []
    for image, instances in _by_image(predictions).items():
        chosen = select_poses(
            instances,
            vis_thr=vis_thr,
            oks_thr=oks_thr,
            sigmas=sigmas,
            use_nms=use_nms,
            soft_nms=soft_nms,
            max_dets=max_dets,
        )
        image_id = image if image_id_of is None else image_id_of(image)
        records.extend(_record(instance, image_id, category_id) for instance in chosen)
    dump_json(records, Path(res_folder) / RESULT_FILE)
    return evaluate_coco_keypoints(coco_gt, records, sigmas, verbose=verbose)


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


def select_poses(
    instances: Sequence[Mapping[str, Any]],
    *,
    vis_thr: float,
    oks_thr: float,
    sigmas: ArrayLike | None = None,
    use_nms: bool = True,
    soft_nms: bool = False,
    max_dets: int = 20,
) -> list[dict[str, Any]]:
    """Rescore the poses of one image and suppress doubles; those that stay, best first.

    Args:
        instances: each with `keypoints` (K, 3), `score` of the box, and `area` of the box.
        vis_thr: see `rescore`.
        oks_thr: see `oks_nms`; for the soft form, see `soft_oks_nms`.
        sigmas: (K,) of the data set; by default COCO's.
        use_nms: False keeps every pose, in the order given.
        soft_nms: the soft form.
        max_dets: at most so many stay, in the soft form.
    """
    if not instances:
        return []
    joint_scores = np.array([instance["keypoints"] for instance in instances])[..., 2]
    scores = rescore([instance["score"] for instance in instances], joint_scores, vis_thr)
    rescored = [
        {**instance, "score": float(score)}
        for instance, score in zip(instances, scores, strict=True)
    ]
    if not use_nms:
        return rescored
    if soft_nms:
        kept = soft_oks_nms(rescored, oks_thr, max_dets, sigmas)
    else:
        kept = oks_nms(rescored, oks_thr, sigmas)
    return [rescored[i] for i in kept]


def evaluate_coco_keypoints(
    coco_gt: COCO | Mapping[str, Any] | str | os.PathLike,
    results: Sequence[Mapping[str, Any]] | str | os.PathLike,
    sigmas: ArrayLike | None = None,
    *,
    use_area: bool = True,
    verbose: bool = False,
) -> OrderedDict[str, float]:
    """The ten statistics of poses in COCO's result format against labels in COCO's format.

    Args:
        coco_gt: the ground truth: a COCO object, the content of its json, or its file.
        results: dicts with `image_id`, `category_id`, `keypoints` (3·K numbers) and `score`, or
            the json file that holds them.
        sigmas: (K,) of the data set; by default COCO's.
        use_area: False for labels without `area`: 0.53 of the box stands in for it.
        verbose: let xtcocotools print its table and progress to stdout.

    Returns:
        `STATISTICS` as fractions, −1 where the labels hold no person of that size; empty for a
        ground truth without annotations. No results at all: a warning, and zeros.

    Raises:
        FileNotFoundError: a file does not exist.
        KeyError: a result or a label lacks an entry.
        ValueError: results that are not finite, have another number of joints than the sigmas or
            the labels, or belong to images or categories that the ground truth does not know.
    """
    if not isinstance(results, Sequence) or isinstance(results, str):
        results = load_json(results, "result file")
    with _quiet(not verbose):
        truth = _as_coco(coco_gt)
        labels = truth.dataset.get("annotations") or []
        if not labels:
            return OrderedDict()
        sigmas = np.asarray(COCO_17.sigmas if sigmas is None else sigmas, dtype=np.float64)
        _check_labels(labels, len(sigmas), use_area)
        _check_results(results, truth, len(sigmas))
        if not results:
            warnings.warn(
                "no pose to evaluate: AP and AR are 0; check that the detection file holds boxes "
                "of these images above det_bbox_thr",
                stacklevel=2,
            )
        # loadRes writes ids, areas and boxes into what it is given, and keeps it as a "file"
        answered = truth.loadRes([dict(record) for record in results])
        del truth.anno_file[1:]
        evaluation = COCOeval(truth, answered, "keypoints", sigmas, use_area=use_area)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return OrderedDict(zip(STATISTICS, map(float, evaluation.stats), strict=True))


def _by_image(predictions: Predictions) -> dict[Any, list[dict[str, Any]]]:
    """The poses as dicts, listed by their image's key."""
    images: dict[Any, list[dict[str, Any]]] = {}
    for image, pose, box in zip(
        predictions.images, predictions.poses, predictions.boxes, strict=True
    ):
        images.setdefault(image, []).append(
            {
                "keypoints": pose,
                "center": box[:2],
                "scale": box[2:4],
                "area": box[4],
                "score": box[5],
            }
        )
    return images


def _record(instance: Mapping[str, Any], image_id: Any, category_id: int) -> dict[str, Any]:
    """One entry of the result file."""
    return {
        "image_id": image_id,
        "category_id": category_id,
        "keypoints": instance["keypoints"].ravel().tolist(),
        "score": instance["score"],
        "center": instance["center"].tolist(),
        "scale": instance["scale"].tolist(),
    }


def _as_coco(ground_truth: COCO | Mapping[str, Any] | str | os.PathLike) -> COCO:
    if isinstance(ground_truth, COCO):
        return ground_truth
    if isinstance(ground_truth, Mapping):
        return COCO("given", ann_data=copy.deepcopy(dict(ground_truth)))
    return COCO(str(ground_truth), ann_data=load_json(ground_truth, "annotation file"))


def _check_labels(labels: Sequence[Mapping[str, Any]], joints: int, use_area: bool) -> None:
    for label in labels:
        if "keypoints" not in label:
            raise KeyError(
                f"annotation {label.get('id')} has no 'keypoints'; use a keypoint annotation file "
                "(person_keypoints_*.json), not one of boxes or segments"
            )
        if len(label["keypoints"]) != 3 * joints:
            raise ValueError(
                f"annotation {label.get('id')} has {len(label['keypoints'])} keypoint numbers, "
                f"which is not 3 × {joints} joints; give the sigmas of these joints"
            )
        for key in ("bbox", "area") if use_area else ("bbox",):
            if key not in label:
                raise KeyError(f"annotation {label.get('id')} has no '{key}'; add it to the file")


def _check_results(results: Sequence[Mapping[str, Any]], truth: COCO, joints: int) -> None:
    images, categories = set(truth.getImgIds()), set(truth.getCatIds())
    for record in results:
        for key in ("image_id", "category_id", "keypoints", "score"):
            if key not in record:
                raise KeyError(f"a result has no '{key}', only {sorted(record)}")
        image = record["image_id"]
        if image not in images:
            raise ValueError(
                f"a result is for image {image!r}, which the annotation file does not list; "
                "evaluate with the annotation file that was tested on"
            )
        if record["category_id"] not in categories:
            raise ValueError(
                f"a result for image {image} has category {record['category_id']}; the annotation "
                f"file knows {sorted(categories)}"
            )
        if len(record["keypoints"]) != 3 * joints:
            raise ValueError(
                f"a result for image {image} has {len(record['keypoints'])} keypoint numbers, not "
                f"3 × {joints}"
            )
        if not np.isfinite(record["keypoints"]).all() or not np.isfinite(record["score"]):
            raise ValueError(
                f"a result for image {image} is NaN or infinite; the weights have diverged or are "
                "damaged: test an earlier checkpoint"
            )


def _quiet(quiet: bool) -> contextlib.AbstractContextManager:
    """xtcocotools prints its progress; keep stdout for what was asked for."""
    return contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext()
