"""From the predictions of a test run to the numbers of a table.

- `base.py`: the metric contract; `metrics`: the registered ones. For these:
- `results.py`: the batches of a run as one table, in order, each box once, every number finite.
- `oks.py`: object keypoint similarity, and the suppression of doubles by it; `suppression.py`:
  that of all images at once.
- `coco_records.py`: rescoring and suppression, up to `result_keypoints.json`; `coco.py`: the whole
  road to the ten COCO statistics. For these:
  - `coco_cells.py`, `coco_labels.py`, `coco_answers.py` (with `columns.py`): json as arrays.
  - `keypoint_eval.py`: COCO's evaluation of all images at once, of `pair_oks.py` (how alike),
    `keypoint_matching.py` (who finds whom) and `keypoint_curves.py` (precision over recall).
  - `coco_reference.py`: the same by xtcocotools.
- `coco_errors.py`: what is wrong with the joints of a found person; `comparison.py`: what this and
  other analyses start from.
- `beside_labels.py`: answers beside the labels of the same people; `examples.py`: which to look at.
- `pck.py`: the share of joints within a distance; `mpii.py`: MPII's table of it, PCKh.
- `keypoint_truth.py`: what metrics of distances compare with, and the lengths they measure by.

Functions throughout; the metrics are thin around them.
"""

from models.evaluation.base import CollectingMetric, Metric, compute_scores
from models.evaluation.beside_labels import (
    BesideLabels,
    coco_beside_labels,
    mpii_beside_labels,
)
from models.evaluation.coco import (
    EVALUATORS,
    STATISTICS,
    check_coco_labels,
    compare_coco,
    evaluate_coco,
    evaluate_coco_keypoints,
)
from models.evaluation.coco_records import coco_records, rescore
from models.evaluation.comparison import OksComparison, PckComparison
from models.evaluation.examples import Compared, choose_examples
from models.evaluation.keypoint_truth import KeypointTruth
from models.evaluation.mpii import (
    MpiiGroundTruth,
    compare_mpii,
    evaluate_mpii,
    evaluate_pckh,
    load_mpii_ground_truth,
    save_mpii_ground_truth,
)
from models.evaluation.oks import oks_iou, oks_nms, soft_oks_nms
from models.evaluation.pck import normalized_distances, pck
from models.evaluation.results import Predictions, gather

__all__ = [
    "EVALUATORS",
    "STATISTICS",
    "BesideLabels",
    "CollectingMetric",
    "Compared",
    "KeypointTruth",
    "Metric",
    "MpiiGroundTruth",
    "OksComparison",
    "PckComparison",
    "Predictions",
    "check_coco_labels",
    "choose_examples",
    "coco_beside_labels",
    "coco_records",
    "compare_coco",
    "compare_mpii",
    "compute_scores",
    "evaluate_coco",
    "evaluate_coco_keypoints",
    "evaluate_mpii",
    "evaluate_pckh",
    "gather",
    "load_mpii_ground_truth",
    "mpii_beside_labels",
    "normalized_distances",
    "oks_iou",
    "oks_nms",
    "pck",
    "rescore",
    "save_mpii_ground_truth",
    "soft_oks_nms",
]
