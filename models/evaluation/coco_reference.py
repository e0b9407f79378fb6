"""COCO's keypoint evaluation by xtcocotools: what `keypoint_eval.py` is held against.

One image at a time in Python, so it takes many times as long.
"""

from __future__ import annotations

import contextlib
import copy
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from models.evaluation.keypoint_eval import KeypointEvaluation


def evaluate_by_xtcocotools(
    ground_truth: Mapping[str, Any],
    results: Sequence[Mapping[str, Any]],
    sigmas: np.ndarray,
    use_area: bool = True,
) -> KeypointEvaluation:
    """Precision and recall of poses; neither argument is changed.

    Args:
        ground_truth: the content of a COCO json.
        results: in COCO's result format, checked (see `read_answers`).
        sigmas: (K,) spread of each joint.
        use_area: False takes 0.53 of the box for a label's area.

    Raises:
        ImportError: xtcocotools is not installed.
    """
    # Here, because nothing else needs it and it brings matplotlib.
    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    # It prints its progress; stdout is for what was asked for. It writes into what it is given.
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO("given", ann_data=copy.deepcopy(dict(ground_truth)))
        answered = truth.loadRes([dict(record) for record in results])
        evaluation = COCOeval(truth, answered, "keypoints", sigmas, use_area=use_area)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    values = (evaluation.eval[key][..., 0] for key in ("precision", "scores", "recall"))
    return KeypointEvaluation(*values)
