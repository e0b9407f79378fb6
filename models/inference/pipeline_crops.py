"""Boxes of an image in memory through a config's own test pipeline, whatever its steps are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.deploy.describing import read_preprocessing
from models.inference.estimator import Preprocess
from models.pipelines import Compose, Preprocessor
from models.pipelines.preprocess import check_image, normalization_table, normalize_into
from models.structures import KeypointSet, box_to_center_scale


def build_preprocess(cfg: Any, keypoints: KeypointSet) -> Preprocess:
    """What a config does before the network: in one where its steps have words, else by them.

    Args:
        cfg: the config; `data.test` and `model.img_norm_cfg` are used.
        keypoints: the joints.

    Raises:
        KeyError, ValueError: the pipeline cannot be used.
    """
    words, undescribed = read_preprocessing(cfg)
    return PipelinePreprocessor(cfg, keypoints) if undescribed else Preprocessor(**words)


class PipelinePreprocessor:
    """What a data set does to a person, done to boxes; called as `Preprocessor` is.

    Args:
        cfg: the config; `data.test` and `model.img_norm_cfg` are used.
        keypoints: the joints.
    """

    def __init__(self, cfg: Any, keypoints: KeypointSet) -> None:
        self._keypoints = keypoints
        self._facts = shared_facts(read_data_cfg(cfg.data.test.data_cfg, keypoints), keypoints)
        self._pipeline = Compose(cfg.data.test.pipeline)
        norm = cfg.model.get("img_norm_cfg")
        self._table = normalization_table(norm["mean"], norm["std"]) if norm else None

    def __call__(
        self, image: np.ndarray, boxes: ArrayLike
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The network's input for all boxes of an image.

        Args:
            image: (H, W, 3) uint8, BGR.
            boxes: (N, 4) x, y, w, h in the image frame, or (N, 5) with score.

        Returns:
            crops (N, C, h, w) float32, and center (N, 2) and scale (N, 2) as the pipeline leaves
            them.

        Raises:
            ValueError: the image is no BGR image, a box has no extent, or the pipeline does not
                record where its crops are.
        """
        check_image(image)
        collected = [self._pipeline(sample) for sample in self._samples(image, np.asarray(boxes))]
        try:
            facts = [sample["img_metas"].data for sample in collected]
            center, scale = (np.stack([fact[key] for fact in facts]) for key in ("center", "scale"))
        except KeyError as error:
            raise ValueError(
                f"data.test.pipeline does not record {error}: predictions are put back into the "
                "image by it; end with Collect(keys=['img'], meta_keys=['center', 'scale'])"
            ) from None
        crops = np.stack([np.asarray(sample["img"]) for sample in collected])
        return self._normalized(crops), center, scale

    def _samples(self, image: np.ndarray, boxes: np.ndarray) -> list[dict[str, Any]]:
        width, height = self._facts["image_size"]
        centers, scales = box_to_center_scale(boxes[:, :4], float(width / height))
        joints = np.zeros((self._keypoints.num_joints, 3), np.float32)
        return [
            {
                "img": image,
                "image_file": "",
                "image_id": 0,
                "bbox": box[:4],
                "bbox_id": i,
                "bbox_score": float(box[4]) if len(box) == 5 else 1.0,
                "center": center,
                "scale": scale,
                "rotation": 0,
                "joints_3d": joints,
                "joints_3d_visible": joints,
                "dataset": self._keypoints.name,
                "ann_info": self._facts,
            }
            for i, (box, center, scale) in enumerate(zip(boxes, centers, scales, strict=True))
        ]

    def _normalized(self, crops: np.ndarray) -> np.ndarray:
        """Bytes, which a network on a device would normalise, as numbers."""
        if crops.dtype != np.uint8 or self._table is None:
            return crops
        made = np.empty(crops.shape, np.float32)
        for out, crop in zip(made, crops, strict=True):
            normalize_into(out, crop.transpose(1, 2, 0), self._table)
        return made
