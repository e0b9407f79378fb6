"""A data set of another task, with a metric and a visualizer, by their contracts alone.

It counts: each sample is an image, its ground truth a number, and so is a prediction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import cv2
import numpy as np

from models.builder import DATASETS, METRICS, VISUALIZERS
from models.datasets import EvaluatedDataset
from models.evaluation import Compared, Metric
from models.visualization import Visualizer


@METRICS.register_module()
class CountError(Metric):
    key: ClassVar[str] = "count error"
    scores: ClassVar[tuple[str, ...]] = ("count error", "worst error")
    highlights: ClassVar[tuple[str, ...]] = ("worst error",)
    higher_is_better: ClassVar[bool] = False
    full_score: ClassVar[float | None] = None

    def __init__(self, dataset: Any, res_folder: str | None = None) -> None:
        super().__init__(dataset, res_folder)
        self.errors: dict[str, float] = {}

    def process(self, predictions: Sequence[Mapping[str, Any]]) -> None:
        for prediction in predictions:
            off = prediction["count"] - self.dataset.counts[prediction["index"]]
            self.errors[str(prediction["index"])] = abs(off)

    def state(self) -> dict[str, float]:
        return self.errors

    def merge(self, states: Sequence[Mapping[str, float]]) -> None:
        self.errors = {key: value for state in states for key, value in state.items()}

    def compute(self) -> dict[str, float]:
        errors = [self.errors[key] for key in sorted(self.errors)]
        return {"count error": float(np.mean(errors)), "worst error": float(max(errors))}


@VISUALIZERS.register_module()
class CountVisualizer(Visualizer):
    note: ClassVar[str] = "How many were counted."

    def compare(self, results: Iterable[Mapping[str, Any]]) -> Compared:
        truth = self.dataset.counts
        values = [abs(one["count"] - truth[one["index"]]) for one in results]
        images = [self.dataset.images[one["index"]] for one in results]
        return Compared("error", np.array(values, dtype=np.float64), False, images)

    def draw(self, compared: Compared, i: int, caption: Sequence[str] = ()) -> np.ndarray:
        return np.full((40, 60, 3), 40 * i, np.uint8)


@DATASETS.register_module()
class CountingDataset(EvaluatedDataset):
    METRICS: ClassVar[Mapping[str, str]] = {"count": "CountError"}
    visualizer: ClassVar[str] = "CountVisualizer"
    sample_word: ClassVar[str] = "image"

    def __init__(self, ann_file: str, test_mode: bool = False) -> None:
        content = json.loads(Path(ann_file).read_text(encoding="utf-8"))
        self.images, self.counts = content["images"], content["counts"]

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return {"image": self.images[index]}


def write_counting_run(folder: Path) -> Path:
    """A run folder of this task: config, log and results of four images; the config."""
    folder.mkdir(parents=True, exist_ok=True)
    images = [str(folder / f"{i}.png") for i in range(4)]
    for image in images:
        cv2.imwrite(image, np.zeros((8, 8, 3), np.uint8))
    labels = {"images": images, "counts": [3, 1, 4, 1]}
    (folder / "counts.json").write_text(json.dumps(labels), encoding="utf-8")
    config = folder / "counting.py"
    section = f'dict(type="CountingDataset", ann_file="{folder}/counts.json")'
    config.write_text(
        f"data = dict(train={section}, val={section}, test={section})\n"
        'model = dict(type="Counter")\n'
        "total_epochs = 2\nevaluation = dict(interval=1)\n",
        encoding="utf-8",
    )
    run = {"config": str(config), "seed": 0, "command": "train"}
    (folder / "run_20260101_000000.json").write_text(json.dumps(run), encoding="utf-8")
    entries = [
        {"mode": "train", "epoch": 1, "iter": 1, "lr": 0.1, "loss": 2.0, "time": 0.1},
        {"mode": "val", "epoch": 1, "iter": 4, "worst error": 9.0, "count error": 5.5},
        {"mode": "train", "epoch": 2, "iter": 1, "lr": 0.1, "loss": 1.0, "time": 0.1},
        {"mode": "val", "epoch": 2, "iter": 4, "worst error": 5.0, "count error": 1.5},
    ]
    lines = [json.dumps(entry) for entry in ({"seed": 0}, *entries)]
    (folder / "20260101_000000.log.json").write_text("\n".join(lines) + "\n", encoding="utf-8")
    results = [{"index": i, "count": count} for i, count in enumerate([3, 3, 4, 1])]
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return config
