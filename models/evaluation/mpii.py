"""MPII's table: PCKh, the percentage of joints within a share of the head's size.

Source: Andriluka et al., CVPR 2014. Coordinates in MPII's own files count pixels from 1, ours
from 0.
"""

from __future__ import annotations

import importlib
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.evaluation.comparison import PckComparison
from models.evaluation.pck import normalized_distances, pck
from models.evaluation.results import Predictions, gather
from models.runtime.files import atomic_write

#: the joints' names in MPII's files, in the order of `MPII_16`
MAT_NAMES = (
    *("rank", "rkne", "rhip", "lhip", "lkne", "lank"),
    *("pelv", "thor", "neck", "head"),
    *("rwri", "relb", "rsho", "lsho", "lelb", "lwri"),
)

#: rows of the table: a joint, or the two of a pair
GROUPS = {
    "Head": ("head",),
    "Shoulder": ("lsho", "rsho"),
    "Elbow": ("lelb", "relb"),
    "Wrist": ("lwri", "rwri"),
    "Hip": ("lhip", "rhip"),
    "Knee": ("lkne", "rkne"),
    "Ankle": ("lank", "rank"),
}

#: pelvis and thorax have no part in the mean
UNSCORED = ("pelv", "thor")

#: a head is this share of its box's diagonal
HEAD_BIAS = 0.6

#: threshold of each mean. "PCKh@0.1" is counted at 0.11: the published evaluation takes entry 11 of
#: 0, 0.01, 0.02 …, and the published figures with it
MEAN_THRESHOLDS = {"PCKh": 0.5, "PCKh@0.1": 0.11}


@dataclass(frozen=True, eq=False)
class MpiiGroundTruth:
    """The labels of N people, image frame, pixels counted from 1.

    Attributes:
        joints: (N, 16, 2).
        visible: (N, 16) bool, false where a joint is not labelled.
        head_boxes: (N, 2, 2): upper left and lower right corner of the head.
    """

    joints: np.ndarray
    visible: np.ndarray
    head_boxes: np.ndarray

    def __len__(self) -> int:
        return len(self.joints)

    @property
    def head_sizes(self) -> np.ndarray:
        """(N,) pixels: the length that PCKh measures by."""
        return HEAD_BIAS * np.linalg.norm(self.head_boxes[:, 1] - self.head_boxes[:, 0], axis=1)


def evaluate_pckh(preds: ArrayLike, gt_mat_file: str | os.PathLike) -> OrderedDict[str, float]:
    """PCKh in percent: Head, Shoulder, Elbow, Wrist, Hip, Knee, Ankle at 0.5, PCKh, PCKh@0.1.

    A pair's row is the mean of its two joints; PCKh and PCKh@0.1 are means over all joints but
    pelvis and thorax, weighted by how often each is labelled (PCKh@0.1: see `MEAN_THRESHOLDS`). A
    row whose joints are labelled nowhere is NaN; the means leave it out.

    Args:
        preds: (N, 16, 2 or 3): x, y in the image frame, pixels counted from 0, in the order of
            the ground truth.
        gt_mat_file: `mpii_gt_val.mat`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another number of people or joints, predictions that are not finite, or a
            ground truth without labels or with an empty head box.
    """
    compared = _compared(preds, gt_mat_file)
    distances, visible, scored = compared.distances, compared.visible, compared.scored
    per_joint, _ = pck(distances, visible, 0.5)
    table = OrderedDict((row, _mean_of(per_joint, joints)) for row, joints in GROUPS.items())
    for key, threshold in MEAN_THRESHOLDS.items():
        table[key] = pck(distances[:, scored], visible[:, scored], threshold)[1]
    return table


def evaluate_mpii(
    results: Iterable[Mapping[str, Any]],
    gt_mat_file: str | os.PathLike,
    res_folder: str | os.PathLike | None = None,
) -> OrderedDict[str, float]:
    """PCKh of a test run's batches; with `res_folder`, also write `pred.mat` there.

    Args:
        results: as for `gather`; box ids number the people of the ground truth, in its order.
        gt_mat_file: `mpii_gt_val.mat`.
        res_folder: where `pred.mat` goes: `preds` (N, 16, 2), pixels counted from 1, the form
            that MPII's own evaluation reads.

    Raises:
        as `gather` and `evaluate_pckh`.
    """
    predictions = _gathered(results)
    if res_folder is not None:
        with atomic_write(Path(res_folder) / "pred.mat") as temporary:
            _matlab().savemat(temporary, {"preds": predictions.poses[..., :2] + 1.0})
    return evaluate_pckh(predictions.poses, gt_mat_file)


def compare_mpii(
    results: Iterable[Mapping[str, Any]], gt_mat_file: str | os.PathLike
) -> PckComparison:
    """What `evaluate_mpii` compares; joints in the order of `MPII_16`. Arguments as there."""
    return _compared(_gathered(results).poses, gt_mat_file)


def load_mpii_ground_truth(path: str | os.PathLike) -> MpiiGroundTruth:
    """Read `mpii_gt_val.mat`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is not a MATLAB file, lacks a variable, or its joints are in another order.
    """
    if not os.path.isfile(path):
        raise FileNotFoundError(
            f"ground truth {path} does not exist; it comes with MPII's json annotations and "
            "belongs beside them, or tools/dataset/mpii_mat2json.py writes both"
        )
    try:
        content = _matlab().loadmat(path)
        names = tuple(str(np.ravel(name)[0]) for name in np.ravel(content["dataset_joints"]))
        missing = np.asarray(content["jnt_missing"])
        joints = np.asarray(content["pos_gt_src"], dtype=np.float64)
        heads = np.asarray(content["headboxes_src"], dtype=np.float64)
    except KeyError as error:
        raise ValueError(f"{path} has no variable {error}; it is no MPII ground truth") from None
    except Exception as error:  # scipy raises a dozen kinds for bytes that are no MATLAB file
        raise ValueError(f"{path} is no readable MATLAB file ({error}); fetch it anew") from error
    if names != MAT_NAMES:
        raise ValueError(f"{path} has joints {names}; they must be {MAT_NAMES}, in this order")
    # MATLAB drops trailing axes of length 1: the tables of a single person lack the last
    people = missing.size // len(MAT_NAMES)
    shapes = {
        "jnt_missing": (16, people),
        "pos_gt_src": (16, 2, people),
        "headboxes_src": (2, 2, people),
    }
    for (name, shape), table in zip(shapes.items(), (missing, joints, heads), strict=True):
        if table.size != np.prod(shape):
            raise ValueError(f"{name} of {path} has shape {table.shape}; it must be {shape}")
    return MpiiGroundTruth(
        joints=joints.reshape(16, 2, people).transpose(2, 0, 1),
        visible=missing.reshape(16, people).T == 0,
        head_boxes=heads.reshape(2, 2, people).transpose(2, 0, 1),
    )


def save_mpii_ground_truth(path: str | os.PathLike, truth: MpiiGroundTruth) -> None:
    """Write `mpii_gt_val.mat`, atomically, in the published form."""
    with atomic_write(path) as temporary:
        _matlab().savemat(
            temporary,
            {
                "dataset_joints": np.array([MAT_NAMES], dtype=object),
                "jnt_missing": (~np.asarray(truth.visible, dtype=bool)).T.astype(np.uint8),
                "pos_gt_src": np.asarray(truth.joints, dtype=np.float64).transpose(1, 2, 0),
                "headboxes_src": np.asarray(truth.head_boxes, dtype=np.float64).transpose(1, 2, 0),
            },
        )


def _gathered(results: Iterable[Mapping[str, Any]]) -> Predictions:
    predictions = gather(results)
    if not len(predictions):
        raise ValueError("the test run answered nothing; check that its annotation file has people")
    return predictions


def _compared(preds: ArrayLike, gt_mat_file: str | os.PathLike) -> PckComparison:
    """Arguments and errors as of `evaluate_pckh`."""
    truth = load_mpii_ground_truth(gt_mat_file)
    preds = np.asarray(preds, dtype=np.float64)
    if preds.ndim != 3 or preds.shape[1] != len(MAT_NAMES) or preds.shape[2] < 2:
        raise ValueError(f"predictions for MPII must be (N, 16, 2 or 3), not {preds.shape}")
    if len(preds) != len(truth):
        raise ValueError(
            f"predictions for {len(preds)} people, but {gt_mat_file} labels {len(truth)}; test on "
            "the whole annotation file that was made together with it"
        )
    points = preds[..., :2] + 1.0
    finite = np.isfinite(points).all(axis=(1, 2))
    if not finite.all():
        raise ValueError(
            f"the pose of person {int(np.argmin(finite))} is NaN or infinite; the weights have "
            "diverged or are damaged: test an earlier checkpoint"
        )
    scored = np.array([name not in UNSCORED for name in MAT_NAMES])
    if not truth.visible[:, scored].any():
        raise ValueError(f"{gt_mat_file} labels no joint; there is nothing to evaluate")

    distances = normalized_distances(points, truth.joints, truth.head_sizes)
    return PckComparison(distances, truth.visible, scored, "head size", dict(MEAN_THRESHOLDS))


def _matlab() -> ModuleType:
    """scipy.io, which takes half a second to import and is needed only here."""
    return importlib.import_module("scipy.io")


def _mean_of(per_joint: np.ndarray, names: tuple[str, ...]) -> float:
    """Mean over those of the named joints that are labelled anywhere; NaN over none."""
    values = per_joint[[MAT_NAMES.index(name) for name in names]]
    values = values[~np.isnan(values)]
    return float(values.mean()) if len(values) else float("nan")
