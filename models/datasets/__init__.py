"""Many samples: annotation files as lists of persons, and the loader that batches them.

- `contract.py`: what a data set of any task gives: samples, metrics, a word for its samples.
- `base.py`: what all top-down data sets share; `data_cfg.py` reads their `data_cfg`; `images.py`
  finds missing images before a run does.
- `coco.py`: COCO's format, with `annotations.py` for labelled persons and `detections.py` for a
  detector's boxes; `mpii.py`: MPII's format; `coco_wholebody_hand.py`: the
  hands of COCO-WholeBody.
- `annotated.py`: what the annotators wrote, for those who want to look at it.
- `crop_cache.py`: decoded pixels on disk.
- `sampler.py`: order and shares of processes; `picture_sampler.py`: picture by picture.
- `seeded.py`: each sample with its own randomness; `worker.py`: the processes that load;
  `collate.py`: samples as one batch; `loader.py` puts these together.

Scores are computed by the metrics of `models.evaluation`; a data set's `evaluate` hands over to
them.
"""

from models.builder import build_dataset
from models.datasets.annotated import AnnotatedImage, AnnotatedPerson
from models.datasets.base import TopDownDataset, keypoints_of
from models.datasets.coco import TopDownCocoDataset
from models.datasets.coco_wholebody_hand import HandCocoWholeBodyDataset
from models.datasets.contract import EvaluatedDataset, check_evaluation
from models.datasets.loader import build_dataloader
from models.datasets.mpii import TopDownMpiiDataset
from models.datasets.picture_sampler import PictureSampler
from models.datasets.sampler import BatchShares, EpochSampler
from models.datasets.worker import start_loading

__all__ = [
    "AnnotatedImage",
    "AnnotatedPerson",
    "BatchShares",
    "EpochSampler",
    "EvaluatedDataset",
    "HandCocoWholeBodyDataset",
    "PictureSampler",
    "TopDownCocoDataset",
    "TopDownDataset",
    "TopDownMpiiDataset",
    "build_dataloader",
    "build_dataset",
    "check_evaluation",
    "keypoints_of",
    "start_loading",
]
