"""A second task, complete: which class each pixel is of, in drawn images of squares.

Nothing of it is about people, boxes, crops or heatmaps. A config names it by `custom_imports`, and
the tools run it as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from mmcv.parallel import DataContainer
from torch import Tensor, nn

from models.builder import DATASETS, METRICS, NETWORKS, VISUALIZERS
from models.datasets import EvaluatedDataset
from models.evaluation import Compared, Metric
from models.networks import Network
from models.visualization import Visualizer

CLASSES = ("background", "square")


@DATASETS.register_module()
class Squares(EvaluatedDataset):
    """Images of one bright square on noise, with the class of each pixel.

    Args:
        count: number of images.
        size: side of an image.
        seed: of what is drawn.
        test_mode: whether samples come without their labels.
    """

    METRICS: ClassVar[Mapping[str, str]] = {"mIoU": "SquareIoU"}
    visualizer = "SquareVisualizer"
    sample_word = "image"

    def __init__(self, count: int, size: int = 32, seed: int = 0, test_mode: bool = False) -> None:
        self.count, self.size, self.seed, self.test_mode = count, size, seed, test_mode

    def __len__(self) -> int:
        return self.count

    def draw(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Image (H, W, 3) uint8 and labels (H, W) of a sample."""
        random = np.random.default_rng([self.seed, index])
        image = random.integers(0, 120, (self.size, self.size, 3)).astype(np.uint8)
        labels = np.zeros((self.size, self.size), np.int64)
        left, top = random.integers(0, self.size - 12, 2)
        side = random.integers(8, 12)
        labels[top : top + side, left : left + side] = 1
        image[labels == 1] += 120
        return image, labels

    def __getitem__(self, index: int) -> dict[str, Any]:
        image, labels = self.draw(index)
        meta = {"index": index, "image_file": f"square {index}"}
        sample = {
            "img": torch.from_numpy(image).permute(2, 0, 1).float() / 255 - 0.5,
            "img_metas": DataContainer(meta, cpu_only=True),
        }
        return sample if self.test_mode else {**sample, "labels": torch.from_numpy(labels)}


@NETWORKS.register_module()
class PixelClassifier(Network):
    """Two convolutions, at half the resolution."""

    size_divisor = 2
    output_name = "logits"

    def __init__(self, channels: int = 8, input_size: tuple[int, int] = (32, 32)) -> None:
        super().__init__()
        self.input_size = tuple(input_size)
        self.body = nn.Sequential(
            nn.Conv2d(3, channels, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, len(CLASSES), 3, padding=1),
        )

    def forward_tensor(self, img: Tensor) -> Tensor:
        return self.body(img)

    def losses(self, batch: Mapping[str, Any], run: Any) -> dict[str, Tensor]:
        logits = run(self.forward_tensor, batch["img"])
        labels = batch["labels"][:, ::2, ::2]
        with torch.no_grad():
            accuracy = (logits.argmax(1) == labels).float().mean()
        return {"loss_pixel": F.cross_entropy(logits, labels), "acc_pixel": accuracy}

    def postprocess(self, output: np.ndarray, metas: Sequence[Mapping]) -> list[dict[str, Any]]:
        labels = output.argmax(1).repeat(2, axis=1).repeat(2, axis=2)
        return [{**meta, "labels": found} for meta, found in zip(metas, labels, strict=True)]

    def closeness(self, expected, predicted, input_size) -> dict[str, float]:
        return {"pixels": float((expected.argmax(1) == predicted.argmax(1)).mean())}


@METRICS.register_module()
class SquareIoU(Metric):
    """Mean intersection over union, from a confusion matrix: no memory per image."""

    key = "mIoU"
    scores = ("mIoU", "aAcc")

    def __init__(self, dataset: Squares, res_folder: str | None = None) -> None:
        super().__init__(dataset, res_folder)
        self.confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)

    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        for prediction in predictions:
            truth = self.dataset.draw(prediction["index"])[1]
            found = np.asarray(prediction["labels"])
            self.confusion += confusion(truth, found)

    def state(self) -> list[list[int]]:
        return self.confusion.tolist()

    def merge(self, states: Sequence[Any]) -> None:
        self.confusion = np.sum(states, axis=0)

    def compute(self) -> dict[str, float]:
        return {
            "mIoU": float(iou(self.confusion).mean()),
            "aAcc": float(np.trace(self.confusion) / self.confusion.sum()),
        }


def confusion(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """How often each class (row) was taken for each (column)."""
    pairs = len(CLASSES) * truth.ravel() + found.ravel()
    return np.bincount(pairs, minlength=len(CLASSES) ** 2).reshape(len(CLASSES), -1)


def iou(matrix: np.ndarray) -> np.ndarray:
    """Intersection over union of each class."""
    hits = np.diag(matrix)
    return hits / (matrix.sum(0) + matrix.sum(1) - hits)


@dataclass(frozen=True, eq=False)
class Drawn(Compared):
    """Predictions by their IoU."""

    results: Sequence[Mapping[str, Any]]


@VISUALIZERS.register_module()
class SquareVisualizer(Visualizer):
    """Image, ground truth and prediction side by side."""

    def compare(self, results: Sequence[Mapping[str, Any]]) -> Drawn:
        truths = [self.dataset.draw(result["index"])[1] for result in results]
        pairs = zip(truths, results, strict=True)
        values = [iou(confusion(truth, np.asarray(r["labels"]))).mean() for truth, r in pairs]
        images = [result["image_file"] for result in results]
        return Drawn("IoU", np.array(values), True, images, results)

    def draw(self, compared: Drawn, i: int, caption: Sequence[str] = ()) -> np.ndarray:
        image, truth = self.dataset.draw(compared.results[i]["index"])
        found = np.asarray(compared.results[i]["labels"])
        maps = [cv2.applyColorMap(np.uint8(m * 200), cv2.COLORMAP_JET) for m in (truth, found)]
        return np.hstack([image, *maps])
