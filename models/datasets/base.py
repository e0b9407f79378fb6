"""What all top-down data sets share: a list of persons, each of which becomes a crop."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import Any, ClassVar

import numpy as np

from models.builder import DATASETS
from models.datasets.annotated import AnnotatedImage, annotated_samples
from models.datasets.contract import EvaluatedDataset, plural
from models.datasets.crop_cache import CropCache
from models.datasets.data_cfg import read_data_cfg, shared_facts
from models.datasets.images import check_images
from models.evaluation import BesideLabels
from models.evaluation.keypoint_truth import KeypointTruth
from models.pipelines import BadImage, Compose
from models.runtime.names import nearest
from models.runtime.seed import seeded
from models.structures import KeypointSet, dataset_info_of, keypoint_set_from_info

GROUND_TRUTH_BOXES = "ground-truth boxes"

#: key of a sample on its way: files that could not be used → why
_SKIPPED = "skipped"


def keypoints_of(cfg: Mapping[str, Any]) -> KeypointSet:
    """The joints of a data set, from its section of the config, without reading any file.

    Raises:
        KeyError: the type is unknown; names the nearest.
        ValueError: it is a data set of another task, without joints.
    """
    if cfg.get("dataset_info"):
        return keypoint_set_from_info(cfg["dataset_info"])
    kind = DATASETS.get(cfg["type"])
    if kind is None:
        raise KeyError(
            f"{cfg['type']} is not a dataset{nearest(cfg['type'], DATASETS.module_dict)}"
        )
    if not hasattr(kind, "KEYPOINTS"):
        raise ValueError(f"{cfg['type']} has no joints; it is a data set of another task")
    return kind.KEYPOINTS


class TopDownDataset(EvaluatedDataset, ABC):
    """Persons with their boxes, read at once; pictures are read one by one.

    A subclass gives `KEYPOINTS`, `METRICS` and `load_annotations`.

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
        stride: crop pixels per heatmap pixel, of the network that is to learn; needed where
            `data_cfg` has no heatmap_size and the pipeline makes targets.

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
    sample_word: ClassVar[str] = "box"
    visualizer: ClassVar[str | None] = "PoseVisualizer"

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
        stride: int | None = None,
    ) -> None:
        self.ann_file = str(ann_file)
        self.img_prefix = str(img_prefix)
        self.test_mode = test_mode
        self.skip_bad_images = skip_bad_images
        self.keypoints = keypoint_set_from_info(dataset_info) if dataset_info else self.KEYPOINTS
        self.data_cfg = read_data_cfg(data_cfg, self.keypoints, stride)
        self.ann_info = shared_facts(self.data_cfg, self.keypoints)
        self.pipeline = Compose(pipeline)
        self.db = self.load_annotations()
        if crop_cache:
            self.pipeline = Compose(pipeline, album=self.crop_cache(crop_cache).album())
        files = [person["image_file"] for person in self.db]
        check_images(files, self.img_prefix, some_may_lack=skip_bad_images)
        self._rehearse()

    @classmethod
    def input_size_of(cls, section: Mapping[str, Any]) -> tuple[int, int]:
        """(w, h) of the crops that a section of a config asks for, without reading any file.

        Raises:
            KeyError: `data_cfg` has no image_size.
        """
        size = (section.get("data_cfg") or {}).get("image_size")
        if size is None:
            raise KeyError("data_cfg has no 'image_size'; give the network's input as [w, h]")
        return int(size[0]), int(size[1])

    @classmethod
    def set_input_size(cls, section: MutableMapping[str, Any], size: tuple[int, int]) -> None:
        """Let a section of a config ask for crops of a size (w, h)."""
        section["data_cfg"]["image_size"] = list(size)
        section["data_cfg"].pop("heatmap_size", None)  # follows from it

    @classmethod
    def as_tested(cls, train: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
        """The section of a training set: people in their own boxes, in crops of the test's size."""
        size = test["data_cfg"]["image_size"]
        data_cfg = {**train["data_cfg"], "image_size": size, "use_gt_bbox": True}
        section = {key: value for key, value in train.items() if key != "crop_cache"}
        return {**super().as_tested(section, test), "data_cfg": data_cfg}

    @classmethod
    def facts_of(cls, section: Mapping[str, Any]) -> dict[str, Any]:
        """The joints, in the words of mmpose's checkpoints."""
        keypoints = keypoints_of({"type": cls.__name__, **section})
        return {
            "CLASSES": ["person"],
            "keypoint_names": list(keypoints.names),
            "dataset_info": dataset_info_of(keypoints),
        }

    @property
    def name(self) -> str:
        """Name of the joints, as in `dataset_info`'s dataset_name."""
        return self.keypoints.name

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
        return GROUND_TRUTH_BOXES

    @property
    def samples_from(self) -> str:
        """`boxes_from`."""
        return self.boxes_from

    @property
    def samples_kind(self) -> str:
        """Whose the boxes are."""
        return GROUND_TRUTH_BOXES if self._own_boxes else "detector's boxes"

    def samples_text(self, count: int) -> str:
        """A number of boxes, and whose they are."""
        whose = "the labelled ones" if self._own_boxes else f"of a detector ({self.boxes_from})"
        return f"{count} {plural(self.sample_word, count)}, {whose}"

    @property
    def _own_boxes(self) -> bool:
        return self.boxes_from == GROUND_TRUTH_BOXES

    @property
    def tested_on(self) -> str:
        """How many persons, and where their boxes come from."""
        return f"{len(self)} persons, {self.boxes_from}"

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

    def keypoint_truth(self) -> KeypointTruth:
        """The annotation of each person in `db`, which metrics of keypoints compare with."""
        joints = np.stack([person["joints_3d"][:, :2] for person in self.db])
        visible = np.stack([person["joints_3d_visible"][:, 0] for person in self.db])
        return KeypointTruth(
            ids=np.array([person["bbox_id"] for person in self.db], dtype=np.int64),
            images=[person["image_file"] for person in self.db],
            keypoints=joints.astype(np.float64),
            labelled=visible > 0,
            boxes=np.stack([person["bbox"] for person in self.db]).astype(np.float64),
            names=self.keypoints.names,
            head_sizes=self.head_sizes(),
        )

    def head_sizes(self) -> np.ndarray | None:
        """(N,) pixels, the size of the head of each person in `db`; None where it is not known."""
        return None

    def samples_in(self, results: Sequence[Mapping[str, Any]]) -> int:
        """How many boxes were predicted."""
        return sum(len(batch["bbox_ids"]) for batch in results)

    def beside_labels(self, results: Iterable[Mapping[str, Any]]) -> BesideLabels | None:
        """The answers of a test run, each beside the label of its person, for people to look at.

        Args:
            results: as for `evaluate`.

        Returns:
            None where there is nothing to compare with, as in a data set that does not say how.
        """
        return None

    def _rehearse(self) -> None:
        """Run the first sample, so that a fault of the pipeline shows before the first epoch."""
        if not self.db:
            return
        with seeded(0):
            self[0]
