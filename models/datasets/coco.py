"""Persons in COCO's format: labelled, or found by a detector."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from models.builder import DATASETS
from models.datasets.annotated import AnnotatedImage, annotated_coco
from models.datasets.annotations import images_by_id, labelled_persons, person_category
from models.datasets.base import TopDownDataset
from models.datasets.detections import load_detections
from models.evaluation import (
    BesideLabels,
    OksComparison,
    check_coco_labels,
    coco_beside_labels,
    compare_coco,
)
from models.runtime.files import load_json
from models.structures import COCO_17, KeypointSet, box_to_center_scale

logger = logging.getLogger(__name__)


@DATASETS.register_module()
class TopDownCocoDataset(TopDownDataset):
    """COCO keypoints, or any joints in COCO's format that a `dataset_info` describes.

    Training takes labelled boxes. Testing takes them too (`data_cfg.use_gt_bbox`) or a detector's
    (`data_cfg.bbox_file`); published tables are made with a detector's, which costs about 2 AP.
    For test-dev the annotation file needs `images` only. Arguments: see `TopDownDataset`.

    Source: cocodataset.org.
    """

    KEYPOINTS: ClassVar[KeypointSet] = COCO_17
    METRICS: ClassVar[Mapping[str, str]] = {"mAP": "CocoMetric"}

    def load_annotations(self) -> list[dict[str, Any]]:
        """Persons of the annotation file, or of the detection file; see `TopDownDataset.db`."""
        content = load_json(self.ann_file, "annotation file")
        images = images_by_id(content, self.ann_file)
        self._category = person_category(content, self.ann_file)
        if self.test_mode:
            self._check_labels(content)
        persons = (
            self._detected(images) if self._tests_detections else self._labelled(content, images)
        )
        boxes = np.stack([person["bbox"] for person in persons])
        centers, scales = box_to_center_scale(boxes, self.aspect_ratio)
        return [
            {
                "bbox_score": 1.0,
                **person,
                "image_file": os.path.join(
                    self.img_prefix, images[person["image_id"]]["file_name"]
                ),
                "bbox_id": bbox_id,
                "center": center,
                "scale": scale,
                "rotation": 0.0,
                "dataset": self.name,
            }
            for bbox_id, (person, center, scale) in enumerate(
                zip(persons, centers, scales, strict=True)
            )
        ]

    def annotated(self) -> list[AnnotatedImage]:
        """All pictures of the annotation file, those without people too; the file is read anew."""
        content = load_json(self.ann_file, "annotation file")
        return annotated_coco(
            content.get("annotations", ()),
            images_by_id(content, self.ann_file),
            self.keypoints.num_joints,
            self.img_prefix,
            self._category,
        )

    @property
    def boxes_from(self) -> str:
        """Ground truth, or the detection file."""
        return self.data_cfg["bbox_file"] if self._tests_detections else super().boxes_from

    @property
    def _tests_detections(self) -> bool:
        return self.test_mode and not self.data_cfg["use_gt_bbox"]

    def _check_labels(self, content: Mapping[str, Any]) -> None:
        """Find out now what evaluation would refuse after the test."""
        try:
            check_coco_labels(content, self.keypoints.num_joints, self._category)
        except (KeyError, ValueError) as error:
            raise type(error)(f"{self.ann_file}: {error.args[0]}") from None

    def _labelled(self, content: Mapping[str, Any], images: Mapping) -> list[dict[str, Any]]:
        annotations = content.get("annotations")
        if not annotations:
            raise ValueError(
                f"annotation file {self.ann_file} has no 'annotations'; without labels one can "
                "only test, with data_cfg.use_gt_bbox=False and a bbox_file"
            )
        joints = self.keypoints.num_joints
        persons, left_out = labelled_persons(
            annotations, images, joints, self.ann_file, self._category
        )
        reasons = "".join(f", {count} {reason}" for reason, count in sorted(left_out.items()))
        logger.info(
            "%s: %d labelled persons in %d images; left out: %d%s",
            self.ann_file,
            len(persons),
            len(images),
            sum(left_out.values()),
            reasons,
        )
        if not persons:
            raise ValueError(
                f"annotation file {self.ann_file} labels no usable person; left out{reasons[1:]}"
            )
        return persons

    def _detected(self, images: Mapping) -> list[dict[str, Any]]:
        bbox_file, threshold = self.data_cfg["bbox_file"], self.data_cfg["det_bbox_thr"]
        if not bbox_file:
            raise ValueError(
                "testing with detected boxes needs data.test.data_cfg.bbox_file; give it, or set "
                "data.test.data_cfg.use_gt_bbox=True"
            )
        persons, without_area = load_detections(bbox_file, images, threshold, self._category)
        logger.info(
            "%s: %d boxes score %g or more; left out for an empty box: %d",
            bbox_file,
            len(persons),
            threshold,
            without_area,
        )
        unknown = np.zeros((self.keypoints.num_joints, 3), dtype=np.float32)
        return [{**p, "joints_3d": unknown, "joints_3d_visible": unknown} for p in persons]

    def compare(self, results: Iterable[Mapping[str, Any]]) -> OksComparison:
        """What AP is computed from; see `EvaluatedDataset.compare`."""
        protocol = self.coco_protocol()
        del protocol["evaluator"]
        return compare_coco(results, **protocol)

    def beside_labels(self, results: Iterable[Mapping[str, Any]]) -> BesideLabels | None:
        """By OKS, None where that is not defined; see `TopDownDataset.beside_labels`."""
        if not self._has_oks:
            return None
        return coco_beside_labels(
            results,
            load_json(self.ann_file, "annotation file"),
            lambda bbox_id: self.db[bbox_id]["bbox"],
            image_id_of=self._image_id_of(),
            sigmas=self.keypoints.sigmas,
            category_id=self._category,
        )

    def coco_protocol(self) -> dict[str, Any]:
        """Arguments of `evaluate_coco`: ground truth, and how poses are rescored and suppressed.

        Raises:
            ValueError: the keypoints have no sigmas.
        """
        if not self._has_oks:
            joints = self.keypoints
            raise ValueError(
                f"the {joints.num_joints} joints '{joints.name}' have no sigmas, so OKS and AP are "
                "not defined; give dataset_info.sigmas, one number for each joint, or ask for "
                "other metrics (PCK, AUC, EPE, NME)"
            )
        keys = ("evaluator", "vis_thr", "oks_thr", "use_nms", "soft_nms")
        return {
            "coco_gt": self.ann_file,
            "image_id_of": self._image_id_of(),
            "sigmas": self.keypoints.sigmas,
            "category_id": self._category,
            **{key: self.data_cfg[key] for key in keys},
        }

    @property
    def _has_oks(self) -> bool:
        joints = self.keypoints
        return joints.sigmas is not None or joints.num_joints == COCO_17.num_joints

    def _image_id_of(self) -> Callable[[Any], Any]:
        image_ids = {person["image_file"]: person["image_id"] for person in self.db}
        return lambda image: image_ids.get(image, image)
