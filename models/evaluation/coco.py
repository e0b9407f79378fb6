"""COCO's keypoint evaluation: from the poses of a test run to AP and AR.

Each pose is rescored by its joints, doubles are suppressed per image, the rest is written as
`result_keypoints.json` (the form that COCO's server takes) and compared with the labels.

Source: cocodataset.org, "Keypoint evaluation".
"""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from models.evaluation.coco_answers import read_answers
from models.evaluation.coco_cells import Cells
from models.evaluation.coco_labels import read_labels
from models.evaluation.coco_records import coco_records
from models.evaluation.coco_reference import evaluate_by_xtcocotools
from models.evaluation.comparison import OksComparison
from models.evaluation.keypoint_eval import evaluate_keypoints
from models.runtime.files import dump_json, load_json
from models.structures.coco import COCO_17

if TYPE_CHECKING:
    from xtcocotools.coco import COCO

#: what COCO reports, in its order: means over OKS 0.50 … 0.95, at one OKS, by size of the person
STATISTICS = (
    *("AP", "AP .5", "AP .75", "AP (M)", "AP (L)"),
    *("AR", "AR .5", "AR .75", "AR (M)", "AR (L)"),
)

EVALUATORS = ("vectorized", "xtcocotools")

RESULT_FILE = "result_keypoints.json"


def evaluate_coco(
    results: Iterable[Mapping[str, Any]],
    coco_gt: COCO | Mapping[str, Any] | str | os.PathLike,
    res_folder: str | os.PathLike | None = None,
    *,
    sigmas: ArrayLike | None = None,
    category_id: int = 1,
    verbose: bool = False,
    evaluator: str = "vectorized",
    **how: Any,
) -> OrderedDict[str, float]:
    """The whole road: rescore, suppress, write `res_folder/result_keypoints.json`, evaluate.

    Args:
        results: the run's batches, as for `gather`.
        coco_gt: the ground truth, or its file. Without annotations (test-dev) the json is
            written and nothing evaluated.
        res_folder: where the json goes; None writes none.
        sigmas: (K,) of the data set; by default COCO's.
        category_id: of a person; labels of other categories do not count.
        verbose: print the statistics to stdout.
        evaluator: see `evaluate_coco_keypoints`.
        how: the other arguments of `coco_records`: what images are called, and how poses are
            rescored and suppressed.

    Returns:
        The ten `STATISTICS` as fractions; empty where nothing can be evaluated.

    Raises:
        as `coco_records` and `evaluate_coco_keypoints`.
    """
    records = coco_records(results, sigmas=sigmas, category_id=category_id, **how)
    if res_folder is not None:
        dump_json(records, Path(res_folder) / RESULT_FILE)
    truth = _of_category(_content(coco_gt), category_id)
    return evaluate_coco_keypoints(truth, records, sigmas, verbose=verbose, evaluator=evaluator)


def compare_coco(
    results: Iterable[Mapping[str, Any]],
    coco_gt: COCO | Mapping[str, Any] | str | os.PathLike,
    *,
    sigmas: ArrayLike | None = None,
    category_id: int = 1,
    **how: Any,
) -> OksComparison:
    """What `evaluate_coco` compares; arguments as there, and nothing is written.

    Raises:
        as `evaluate_coco`; and ValueError for a ground truth without annotations.
    """
    records = coco_records(results, sigmas=sigmas, category_id=category_id, **how)
    truth = _of_category(_content(coco_gt), category_id)
    if not truth.get("annotations"):
        raise ValueError("the annotation file labels nobody; there is nothing to compare with")
    return _compared(truth, records, sigmas, use_area=True)


def evaluate_coco_keypoints(
    coco_gt: COCO | Mapping[str, Any] | str | os.PathLike,
    results: Sequence[Mapping[str, Any]] | str | os.PathLike,
    sigmas: ArrayLike | None = None,
    *,
    use_area: bool = True,
    verbose: bool = False,
    evaluator: str = "vectorized",
) -> OrderedDict[str, float]:
    """The ten statistics of poses in COCO's result format against labels in COCO's format.

    Args:
        coco_gt: the ground truth: a COCO object, the content of its json, or its file.
        results: dicts with `image_id`, `category_id`, `keypoints` (3·K numbers) and `score`, or
            the json file that holds them.
        sigmas: (K,) of the data set; by default COCO's.
        use_area: False for labels without `area`: 0.53 of the box stands in for it.
        verbose: print the statistics to stdout.
        evaluator: 'vectorized', or 'xtcocotools', the published program that it equals to the
            bit, for those who want to see that.

    Returns:
        `STATISTICS` as fractions, −1 where the labels hold no person of that size; empty for a
        ground truth without annotations. No results at all: a warning, and zeros.

    Raises:
        FileNotFoundError: a file does not exist.
        KeyError: a result or a label lacks an entry.
        ValueError: results that are not finite, have another number of joints than the sigmas or
            the labels, or belong to images or categories that the ground truth does not know; a
            sigma that is not above 0; an unknown evaluator.
    """
    if evaluator not in EVALUATORS:
        raise ValueError(f"evaluator is {evaluator!r}; choose one of {', '.join(EVALUATORS)}")
    if not isinstance(results, Sequence) or isinstance(results, str):
        results = load_json(results, "result file")
    truth = _content(coco_gt)
    if not truth.get("annotations"):
        return OrderedDict()
    compared = _compared(truth, results, sigmas, use_area)
    if not results:
        warnings.warn(
            "no pose to evaluate: AP and AR are 0; check that the detection file holds boxes "
            "of these images above det_bbox_thr",
            stacklevel=2,
        )
    if evaluator == "xtcocotools":
        evaluation = evaluate_by_xtcocotools(truth, results, compared.sigmas, use_area)
    else:
        evaluation = evaluate_keypoints(
            compared.answers, compared.labels, compared.cells, compared.sigmas
        )
    statistics = OrderedDict(zip(STATISTICS, evaluation.statistics, strict=True))
    if verbose:
        for name, value in statistics.items():
            print(f"Average {'Precision' if name.startswith('AP') else 'Recall'}, {name}: {value}")
    return statistics


def check_coco_labels(content: Mapping[str, Any], joints: int, category_id: int = 1) -> None:
    """Make sure that `evaluate_coco` can use a ground truth, if it has labels at all.

    Args:
        content: of a COCO json.
        joints: K.
        category_id: of a person.

    Raises:
        KeyError, ValueError: see `read_labels`.
    """
    content = _of_category(content, category_id)
    if content.get("annotations"):
        read_labels(content["annotations"], Cells.of(content), joints, use_area=True)


def _compared(
    truth: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    sigmas: ArrayLike | None,
    use_area: bool,
) -> OksComparison:
    """Both sides, checked."""
    sigmas = np.asarray(COCO_17.sigmas if sigmas is None else sigmas, dtype=np.float64)
    if not (sigmas > 0).all():
        raise ValueError(f"sigmas must be above 0, not {sigmas.tolist()}; they measure distances")
    cells = Cells.of(truth)
    labels = read_labels(truth["annotations"], cells, len(sigmas), use_area)
    return OksComparison(read_answers(results, cells, len(sigmas)), labels, cells, sigmas)


def _of_category(content: Mapping[str, Any], category_id: int) -> Mapping[str, Any]:
    """A ground truth without other categories; they would be means over nothing tested."""
    parts = {
        "annotations": lambda label: label.get("category_id", category_id) == category_id,
        "categories": lambda category: category["id"] == category_id,
    }
    kept = {
        key: list(filter(test, content[key])) for key, test in parts.items() if content.get(key)
    }
    return {**content, **kept}


def _content(ground_truth: COCO | Mapping[str, Any] | str | os.PathLike) -> Mapping[str, Any]:
    """What the json of a ground truth holds."""
    if isinstance(ground_truth, Mapping):
        return ground_truth
    if isinstance(ground_truth, (str, os.PathLike)):
        return load_json(ground_truth, "annotation file")
    return ground_truth.dataset
