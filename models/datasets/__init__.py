"""Many samples: annotation files as lists of persons, and the loader that batches them.

- `base.py`: what all data sets share; `data_cfg.py` reads their `data_cfg`; `images.py` finds
  missing pictures before a run does.
- `coco.py`: COCO's format, with `annotations.py` for labelled persons and `detections.py` for a
  detector's boxes; `mpii.py`: MPII's format.
- `sampler.py` and `loader.py`: order, shares of processes, workers, seeds.

Scores are computed by `models.evaluation`; a data set's `evaluate` hands over to it.
"""

from models.builder import build_dataset
from models.datasets.base import TopDownDataset, keypoints_of
from models.datasets.coco import TopDownCocoDataset
from models.datasets.loader import build_dataloader
from models.datasets.mpii import TopDownMpiiDataset
from models.datasets.sampler import EpochSampler

__all__ = [
    "EpochSampler",
    "TopDownCocoDataset",
    "TopDownDataset",
    "TopDownMpiiDataset",
    "build_dataloader",
    "build_dataset",
    "keypoints_of",
]
