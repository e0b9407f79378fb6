"""Crops to compare an exported file with its network on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from models.builder import build_dataset
from models.synthetic import SyntheticSpec, build_dataset_folder


def crops_of_test_set(cfg: Mapping[str, Any], count: int) -> Tensor:
    """Crops (count or fewer, 3, H, W) from all over a test set, as its pipeline hands them out.

    Args:
        cfg: the config's `data.test`.
        count: how many.

    Raises:
        FileNotFoundError: the data set is not there.
    """
    dataset = build_dataset(cfg, {"test_mode": True})
    count = min(count, len(dataset))
    return torch.stack([dataset[i * len(dataset) // count]["img"] for i in range(count)])


def crops_of_drawn_people(
    count: int, input_size: tuple[int, int], pipeline: Sequence[Any]
) -> Tensor:
    """Crops (count, 3, H, W) of drawn people.

    Args:
        count: how many.
        input_size: (w, h).
        pipeline: steps from picture to crop, as in a config's `data.test`.
    """
    with tempfile.TemporaryDirectory() as folder:
        spec = SyntheticSpec(train=1, val=count, form="coco")
        build_dataset_folder(folder, spec, workers=1, progress=False)
        return crops_of_test_set(
            {
                "type": "TopDownCocoDataset",
                "ann_file": str(Path(folder, "annotations", "person_keypoints_val.json")),
                "img_prefix": str(Path(folder, "val")),
                "data_cfg": {"image_size": list(input_size), "use_gt_bbox": True},
                "pipeline": pipeline,
            },
            count,
        )


def crops_of_training_set(data: Mapping[str, Any], count: int) -> Tensor:
    """Crops (count or fewer, 3, H, W) from all over a training set, as the test cuts them.

    People's own boxes, no augmentation: an engine's 8-bit ranges are made for what will come.

    Args:
        data: the config's `data`.
        count: how many.

    Raises:
        FileNotFoundError: the data set is not there.
    """
    train, test = data["train"], data["test"]
    changes = {"image_size": test["data_cfg"]["image_size"], "use_gt_bbox": True}
    cfg = {
        **{key: train[key] for key in ("type", "ann_file", "img_prefix")},
        "data_cfg": {**train["data_cfg"], **changes},
        "pipeline": test["pipeline"],
    }
    return crops_of_test_set(cfg, count)
