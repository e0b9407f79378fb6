"""What all top-down data sets share: a list of persons, each of which becomes a crop."""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from torch.utils.data import Dataset

from models.builder import DATASETS, nearest
from models.datasets.annotated import AnnotatedImage, annotated_samples
from models.datasets.crop_cache import CropCache
from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.datasets.images import check_images
from models.evaluation import BesideLabels, OksComparison, PckComparison
from models.pipelines import BadImage, Compose
from models.runtime.seed import seeded
from models.structures import KeypointSet, keypoint_set_from_info

#: key of a sample on its way: files that could not be used → why
_SKIPPED = "skipped"


def keypoints_of(cfg: Mapping[str, Any]) -> KeypointSet:
    """The joints of a data set, from its section of the config, without reading any file.

    Raises:
        KeyError: the type is unknown; names the nearest.
    """
    if cfg.get("dataset_info"):
        return keypoint_set_from_info(cfg["dataset_info"])
    kind = DATASETS.get(cfg["type"])
    if kind is None:
        raise KeyError(
            f"{cfg['type']} is not a dataset{nearest(cfg['type'], DATASETS.module_dict)}"
        )
    return kind.KEYPOINTS


class TopDownDataset(Dataset, ABC):
    """Persons with their boxes, read at once; pictures are read one by one.

    A subclass gives `KEYPOINTS`, `METRICS`, `load_annotations` and `_evaluate`.

    Args:
        ann_file: annotation file.
        img_prefix: folder of the images.
        data_cfg: see `data_cfg.py`.
        pipeline: configs of the steps from person to tensors.
        dataset_info: description of the joints, if they are others than `KEYPOINTS`.
        test_mode: whether this is for testing; then no labels are needed.
        skip_bad_images: whether the next person with a readable picture stands in for one without;
            such a sample's meta has `skipped`, file → reason, and a test does not count it.
        crop_cache: `dir` and `reach` of decoded pixels on disk, see `crop_cache.py`.

    Attributes:
        db: one dict a person: image_file, image_id, bbox, bbox_id, bbox_score, center, scale,
            rotation 0, joints_3d, joints_3d_visible, dataset; see `models.pipelines`.
        ann_info: what all samples share.
        keypoints: the joints.

    Raises:
        FileNotFoundError: a file or folder does not exist.
        KeyError, ValueError: something in the config or a file cannot be used; the first sample
            is put through the pipeline to know it now.
    """

    #: joints where no `dataset_info` is given
    KEYPOINTS: ClassVar[KeypointSet]
    #: metric → the score that tells which checkpoint is best; the first is the default
    METRICS: ClassVar[Mapping[str, str]]
    #: the most that a score can be
    FULL_SCORE: ClassVar[float] = 1.0

    def __init__(
        self,
        ann_file: str,
        img_prefix: str,
        data_cfg: Mapping[str, Any],
        pipeline: Sequence[Mapping[str, Any]],
        dataset_info: Mapping[str, Any] | None = None,
        test_mode: bool = False,
        skip_bad_images: bool = False,
        crop_cache: Mapping[str, Any] | None = None,
    ) -> None:
        self.ann_file = str(ann_file)
        self.img_prefix = str(img_prefix)
        self.test_mode = test_mode
        self.skip_bad_images = skip_bad_images
        self.keypoints = keypoint_set_from_info(dataset_info) if dataset_info else self.KEYPOINTS
        self.data_cfg = read_data_cfg(data_cfg, self.keypoints)
        self.ann_info = shared_facts(self.data_cfg, self.keypoints)
        self.pipeline = Compose(pipeline)
        self.db = self.load_annotations()
        if crop_cache:
            self.pipeline = Compose(pipeline, album=self.crop_cache(crop_cache).album())
        files = [person["image_file"] for person in self.db]
        check_images(files, self.img_prefix, some_may_lack=skip_bad_images)
        self._rehearse()

    @property
    def name(self) -> str:
        """Name of the joints, as in `dataset_info`'s dataset_name."""
        return self.keypoints.name

    @property
    def default_metric(self) -> str:
        """The metric that `evaluate` computes unless told otherwise."""
        return next(iter(self.METRICS))

    @property
    def key_indicator(self) -> str:
        """The score of the default metric by which checkpoints are compared; higher is better."""
        return self.METRICS[self.default_metric]

    @property
    def aspect_ratio(self) -> float:
        """Width / height of the crop."""
        width, height = self.data_cfg["image_size"]
        return float(width / height)

    def crop_cache(self, settings: Mapping[str, Any]) -> CropCache:
        """The crop cache that belongs to these persons, whether or not it has been made.

        Args:
            settings: `dir` and `reach`.
        """
        facts = {
            "type": type(self).__name__,
            "img_prefix": self.img_prefix,
            "test_mode": self.test_mode,
            "data_cfg": self.data_cfg,
        }
        boxes = self.data_cfg["bbox_file"]
        files = [file for file in (self.ann_file, boxes) if file and os.path.isfile(file)]
        return CropCache(settings, self.db, facts, files)

    @property
    def boxes_from(self) -> str:
        """Where the boxes come from; scores on a detector's are lower and belong with that word."""
        return "ground-truth boxes"

    def __len__(self) -> int:
        return len(self.db)

    def picture_of(self, index: int) -> str:
        """The file of a sample's picture; samples with the same one can share its decoding."""
        return self.db[index]["image_file"]

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.finish([self.begin(index)])[0]

    def begin(self, index: int, rng: np.random.RandomState | None = None) -> dict[str, Any]:
        """A sample as far as its own random numbers take it; see `Compose.begin`.

        Args:
            index: of the person.
            rng: what augmentation draws from, see `rng_of`.

        Raises:
            BadImage: its picture cannot be used, and `skip_bad_images` is off.
            ValueError: no picture at all can be used.
        """
        if not self.skip_bad_images:
            try:
                return self._begin(index, rng)
            except BadImage as error:
                hint = "or leave such images out with --skip-bad-images"
                raise type(error)(f"{error}, {hint}") from None
        skipped: dict[str, str] = {}
        for i in range(index, index + len(self)):
            try:
                sample = self._begin(i % len(self), rng)
            except BadImage as error:
                skipped[self.db[i % len(self)]["image_file"]] = str(error)
                continue
            if skipped:
                sample[_SKIPPED] = skipped
            return sample
        raise ValueError(
            f"no image of {self.ann_file} can be read; the last: {list(skipped.values())[-1]}"
        )

    def finish(self, samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Samples of a batch from where `begin` left them to what is collated."""
        skipped = [sample.pop(_SKIPPED, None) for sample in samples]
        samples = self.pipeline.finish(samples)
        for sample, files in zip(samples, skipped, strict=True):
            if files:
                sample["img_metas"].data["skipped"] = files
        return samples

    def person(self, index: int) -> dict[str, Any]:
        """A sample as it enters the pipeline: an entry of `db` of one's own, and `ann_info`."""
        person = self.db[index]
        sample = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in person.items()}
        return {**sample, "ann_info": self.ann_info}

    def annotated(self) -> list[AnnotatedImage]:
        """The pictures with all that is annotated in them, be it of use for training or not."""
        return annotated_samples(self.db)

    def _begin(self, index: int, rng: np.random.RandomState | None) -> dict[str, Any]:
        return self.pipeline.begin(self.person(index), rng)

    @abstractmethod
    def load_annotations(self) -> list[dict[str, Any]]:
        """Read the files; the persons, see `db`."""

    def evaluate(
        self,
        results: Iterable[Mapping[str, Any]],
        res_folder: str,
        metric: str | Sequence[str] | None = None,
        logger: logging.Logger | None = None,
    ) -> dict[str, float]:
        """Score a test run.

        Args:
            results: a dict a batch: preds (B, K, 3) x, y, score in the image frame; boxes (B, 6)
                center x, y, scale w, h, area, score; image_paths and bbox_ids of B each.
            res_folder: where result files are written.
            metric: one of `METRICS`, or a list of them; by default the first.
            logger: for mmcv's evaluation hook, which hands it over; not used.

        Raises:
            KeyError: the metric is unknown.
        """
        self.check_metric(metric)
        return self._evaluate(list(results), res_folder)

    def check_metric(self, metric: str | Sequence[str] | None) -> None:
        """Check what `evaluate` will be asked for, before hours are spent on its results.

        Raises:
            KeyError: a metric is unknown; names the nearest.
        """
        metrics = (
            [metric or self.default_metric] if not isinstance(metric, (list, tuple)) else metric
        )
        for name in metrics:
            if name not in self.METRICS:
                kind = type(self).__name__
                raise KeyError(f"{kind} has no metric '{name}'{nearest(name, self.METRICS)}")

    def compare(self, results: Iterable[Mapping[str, Any]]) -> OksComparison | PckComparison:
        """Answers side by side with labels, as `evaluate` counts them; analyses start from this.

        Args:
            results: as for `evaluate`.

        Raises:
            ValueError: it cannot be: no labels, no measure of likeness, or unusable results.
        """
        raise ValueError(f"{type(self).__name__} does not say how answers compare with labels")

    def beside_labels(self, results: Iterable[Mapping[str, Any]]) -> BesideLabels | None:
        """The answers of a test run, each beside the label of its person, for people to look at.

        Args:
            results: as for `evaluate`.

        Returns:
            None where there is nothing to compare with, as in a data set that does not say how.
        """
        return None

    @abstractmethod
    def _evaluate(self, results: list[Mapping[str, Any]], res_folder: str) -> dict[str, float]:
        """Scores of a run, as `models.evaluation` computes them."""

    def _rehearse(self) -> None:
        """Run the first sample, so that a fault of the pipeline shows before the first epoch."""
        if not self.db:
            return
        with seeded(0):
            self[0]
