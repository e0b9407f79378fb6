"""Persons in the json form of MPII Human Pose."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from models.builder import DATASETS
from models.datasets.base import TopDownDataset
from models.evaluation import (
    BesideLabels,
    PckComparison,
    compare_mpii,
    load_mpii_ground_truth,
    mpii_beside_labels,
)
from models.runtime.files import load_json
from models.structures import MPII_16, PIXEL_STD, KeypointSet

PADDING = 1.25
#: the annotated center is moved down by this times the annotated scale, or feet would be cut off
CENTER_DROP = 15
GROUND_TRUTH = "mpii_gt_val.mat"


@DATASETS.register_module()
class TopDownMpiiDataset(TopDownDataset):
    """MPII: a json list of dicts with image, center, scale, joints (16, 2) and joints_vis (16,).

    The files count pixels from 1, the data set from 0. MPII annotates no boxes; `bbox` is the
    square that its scale, a body's height in units of 200 px, describes. The test set has no
    joints. Scores need `mpii_gt_val.mat` beside the annotation file. Arguments: see
    `TopDownDataset`.

    Source: Andriluka et al., CVPR 2014.
    """

    KEYPOINTS: ClassVar[KeypointSet] = MPII_16
    METRICS: ClassVar[Mapping[str, str]] = {"PCKh": "MpiiPCKh"}

    def load_annotations(self) -> list[dict[str, Any]]:
        """Persons of the annotation file; see `TopDownDataset.db`."""
        entries = load_json(self.ann_file, "annotation file")
        if not isinstance(entries, list) or not entries:
            raise ValueError(
                f"annotation file {self.ann_file} must be a json list of persons in MPII's form; "
                "tools/dataset/mpii_mat2json.py makes it from MPII's release"
            )
        if self.test_mode and "joints" in entries[0]:
            load_mpii_ground_truth(self.mpii_ground_truth)  # rather than after the test
        return [self._person(entry, i) for i, entry in enumerate(entries)]

    @property
    def mpii_ground_truth(self) -> Path:
        """`mpii_gt_val.mat` beside the annotation file."""
        return Path(self.ann_file).parent / GROUND_TRUTH

    def _person(self, entry: Mapping[str, Any], index: int) -> dict[str, Any]:
        where = f"{self.ann_file}: person {index}"
        for key in ("image", "center", "scale"):
            if key not in entry:
                raise ValueError(f"{where} has no '{key}'; add it or remove the person")
        center = np.array(entry["center"], dtype=np.float32)
        height = np.float32(entry["scale"])
        if center.shape != (2,) or not np.isfinite([*center, height]).all() or height <= 0:
            raise ValueError(
                f"{where} has center {entry['center']} and scale {entry['scale']}; they must be "
                "two finite numbers and one above 0: correct it or remove the person"
            )
        if center[0] != -1:
            center[1] += CENTER_DROP * height
            height *= PADDING
        center -= 1
        # Square as published; other inputs are widened on the side that is too short.
        aspect = self.aspect_ratio
        scale = height * np.array([max(1, aspect), max(1, 1 / aspect)], dtype=np.float32)
        side = height / PADDING * PIXEL_STD
        joints, visible = self._joints(entry, where)
        return {
            "image_file": os.path.join(self.img_prefix, entry["image"]),
            "image_id": entry["image"],
            "bbox": np.array([*(center - side / 2), side, side], dtype=np.float32),
            "bbox_id": index,
            "bbox_score": 1.0,
            "center": center,
            "scale": scale.astype(np.float32),
            "rotation": 0.0,
            "joints_3d": joints,
            "joints_3d_visible": visible,
            "dataset": self.name,
        }

    def _joints(self, entry: Mapping[str, Any], where: str) -> tuple[np.ndarray, np.ndarray]:
        """Joints (K, 3) and visibility (K, 3), pixels from 0."""
        joints = np.zeros((self.keypoints.num_joints, 3), dtype=np.float32)
        visible = np.zeros_like(joints)
        if self.test_mode and "joints" not in entry:
            return joints, visible
        if "joints" not in entry or "joints_vis" not in entry:
            raise ValueError(
                f"{where} has no 'joints' and 'joints_vis'; MPII's test set can only be tested on"
            )
        points = np.asarray(entry["joints"], dtype=np.float32)
        seen = np.asarray(entry["joints_vis"], dtype=np.float32)
        if points.shape != (len(joints), 2) or seen.shape != (len(joints),):
            raise ValueError(
                f"{where} has joints of shape {points.shape} and joints_vis of shape {seen.shape}; "
                f"they must be ({len(joints)}, 2) and ({len(joints)},)"
            )
        if not (np.isfinite(points).all() and np.isfinite(seen).all()):
            raise ValueError(f"{where} has a joint that is NaN or infinite; correct or remove it")
        joints[:, :2] = points - 1
        visible[:, :2] = np.minimum(seen, 1)[:, None]
        return joints, visible

    def compare(self, results: Iterable[Mapping[str, Any]]) -> PckComparison:
        """What PCKh is computed from; see `EvaluatedDataset.compare`."""
        return compare_mpii(self.with_unreadable(results), self.mpii_ground_truth)

    def beside_labels(self, results: Iterable[Mapping[str, Any]]) -> BesideLabels:
        """By distance in units of the head; see `TopDownDataset.beside_labels`."""
        return mpii_beside_labels(results, self.mpii_ground_truth)

    def head_sizes(self) -> np.ndarray | None:
        """As PCKh has them; None for the test set, which has no labels."""
        if not self.mpii_ground_truth.is_file():
            return None
        sizes = load_mpii_ground_truth(self.mpii_ground_truth).head_sizes
        return sizes if len(sizes) == len(self.db) else None

    def with_unreadable(self, results: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Predictions with wrong ones for people whose image was skipped: MPII's table wants all.

        Args:
            results: as for `evaluate`.
        """
        results = list(results)
        if not self.skip_bad_images:
            return results
        predicted = {i for batch in results for i in batch["bbox_ids"]}
        lacking = [person for person in self.db if person["bbox_id"] not in predicted]
        if not lacking:
            return results
        wrong = {
            "preds": np.full((len(lacking), self.keypoints.num_joints, 3), -1e4),
            "boxes": np.zeros((len(lacking), 6)),
            "image_paths": [person["image_file"] for person in lacking],
            "bbox_ids": [person["bbox_id"] for person in lacking],
        }
        return [*results, wrong]
