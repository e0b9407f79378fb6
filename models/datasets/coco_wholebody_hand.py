"""Hands of COCO-WholeBody: each annotated person has up to two."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from models.builder import DATASETS
from models.datasets.annotations import images_by_id
from models.datasets.base import TopDownDataset
from models.runtime.files import load_json
from models.structures import HAND_21, KeypointSet, box_to_center_scale

SIDES = ("left", "right")


@DATASETS.register_module()
class HandCocoWholeBodyDataset(TopDownDataset):
    """Every labelled hand of `coco_wholebody_*_v1.0.json` is a sample, under mmpose 0.x's name.

    A person has `lefthand_box`, `lefthand_kpts` and `lefthand_valid`, and the same of the right; a
    hand counts if it is valid, its box is not empty and its keypoints are not all 0. Boxes are the
    annotated ones, also in a test. Arguments: see `TopDownDataset`.

    Source: Jin et al., ECCV 2020.
    """

    KEYPOINTS: ClassVar[KeypointSet] = HAND_21
    METRICS: ClassVar[Mapping[str, str]] = {"PCK": "PCK", "AUC": "AUC", "EPE": "EPE"}

    def load_annotations(self) -> list[dict[str, Any]]:
        """The hands in the order of the images; see `TopDownDataset.db`."""
        content = load_json(self.ann_file, "annotation file")
        images = images_by_id(content, self.ann_file)
        by_image: dict[Any, list[Mapping[str, Any]]] = {image_id: [] for image_id in images}
        for number, entry in enumerate(content.get("annotations") or ()):
            if entry.get("image_id") not in by_image:
                raise ValueError(
                    f"{self.ann_file}: annotation {entry.get('id', f'number {number}')} is of "
                    f"image {entry.get('image_id')}, which 'images' does not list; correct it"
                )
            if not entry.get("iscrowd"):
                by_image[entry["image_id"]].append(entry)
        hands = [
            (image_id, *hand)
            for image_id, entries in by_image.items()
            for entry in entries
            for hand in self._hands(entry)
        ]
        if not hands:
            raise ValueError(f"annotation file {self.ann_file} labels no hand")
        boxes = np.array([box for _, box, _ in hands])
        centers, scales = box_to_center_scale(boxes, self.aspect_ratio)
        return [
            {
                "image_id": image_id,
                "image_file": os.path.join(self.img_prefix, images[image_id]["file_name"]),
                "bbox": box.astype(np.float32),
                "bbox_id": bbox_id,
                "bbox_score": 1.0,
                "center": center,
                "scale": scale,
                "rotation": 0.0,
                "joints_3d": np.pad(keypoints[:, :2], ((0, 0), (0, 1))),
                "joints_3d_visible": np.pad(
                    np.repeat(np.minimum(keypoints[:, 2:], 1), 2, axis=1), ((0, 0), (0, 1))
                ),
                "dataset": self.name,
            }
            for bbox_id, ((image_id, box, keypoints), center, scale) in enumerate(
                zip(hands, centers, scales, strict=True)
            )
        ]

    def _hands(self, entry: Mapping[str, Any]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Box (4,) x, y, w, h and keypoints (K, 3) of a person's labelled hands, image frame."""
        where = f"{self.ann_file}: annotation {entry.get('id')}"
        for side in SIDES:
            if f"{side}hand_valid" not in entry:
                raise ValueError(
                    f"{where} has no '{side}hand_valid'; use a file of COCO-WholeBody "
                    "(coco_wholebody_train_v1.0.json)"
                )
            keypoints = np.asarray(entry[f"{side}hand_kpts"], dtype=np.float32)
            if not entry[f"{side}hand_valid"] or keypoints.max(initial=0) <= 0:
                continue
            joints = self.keypoints.num_joints
            box = np.asarray(entry[f"{side}hand_box"], dtype=np.float64)
            if keypoints.size != 3 * joints or box.shape != (4,):
                raise ValueError(
                    f"{where}: a {side} hand has {joints} keypoints of x, y, visibility and a box "
                    f"of x, y, w, h, not {keypoints.size} and {box.size} numbers; correct it"
                )
            if not (np.isfinite(keypoints).all() and np.isfinite(box).all()):
                raise ValueError(
                    f"{where}: the {side} hand has a number that is NaN or infinite; correct it, "
                    f"or set {side}hand_valid to false"
                )
            if (box[2:] > 0).all():
                yield box, keypoints.reshape(-1, 3)
