"""Crops of drawn people, for checks where there is no data set."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.builder import build_dataset
from models.synthetic import SyntheticSpec, build_dataset_folder


def drawn_people(count: int, input_size: tuple[int, int], pipeline: Sequence[Any]) -> Tensor:
    """Crops (count, 3, H, W) of drawn people.

    Args:
        count: how many.
        input_size: (w, h) of crops.
        pipeline: steps from image to crop, as in a config's `data.test`.
    """
    with tempfile.TemporaryDirectory() as folder:
        spec = SyntheticSpec(train=1, val=count, form="coco")
        build_dataset_folder(folder, spec, workers=1, progress=False)
        section = {
            "type": "TopDownCocoDataset",
            "ann_file": str(Path(folder, "annotations", "person_keypoints_val.json")),
            "img_prefix": str(Path(folder, "val")),
            "data_cfg": {"image_size": list(input_size), "use_gt_bbox": True},
            "pipeline": pipeline,
        }
        dataset = build_dataset(section, {"test_mode": True})
        count = min(count, len(dataset))
        return torch.stack([dataset[i * len(dataset) // count]["img"] for i in range(count)])
