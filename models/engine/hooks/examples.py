"""Pictures of a validation: the best, the middling and the worst answers, beside their labels."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.runner import TensorboardLoggerHook

from models.datasets import TopDownDataset
from models.evaluation import BesideLabels, choose_examples
from models.pipelines import BadImage
from models.pipelines.loading import read_image
from models.runtime.files import dump_json
from models.visualization import draw_comparison, write_picture

FOLDER = "examples"  # under WORK_DIR/validation
FILE = "examples.json"


class Examples:
    """Leaves pictures under `WORK_DIR/validation/examples/epoch_N`, and in TensorBoard if it is on.

    `examples.json` beside them says what they show: `epoch`, `measure` ("OKS") and `examples`, each
    with `rank` ("best", "median", "worst"), `image`, `bbox_id`, `value` of the measure, `picture`.

    They are for people to look at. Nothing is computed from them and no random number is drawn for
    them, so a run is the same with and without; where they fail it goes on, with a warning.

    Args:
        count: pictures of each rank; 0 leaves none.

    Raises:
        ValueError: the count is negative.
    """

    def __init__(self, count: int) -> None:
        if count < 0:
            raise ValueError(f"evaluation.examples={count} must be 0 or more")
        self.count = count

    def leave(
        self, runner: Any, dataset: TopDownDataset, results: Iterable[Mapping[str, Any]]
    ) -> None:
        """Draw the examples of an epoch that was just validated; for the first process only."""
        if not self.count:
            return
        started = time.perf_counter()
        folder = Path(runner.work_dir) / "validation" / FOLDER / f"epoch_{runner.epoch + 1}"
        try:
            beside = dataset.beside_labels(results)
            if beside is None or not len(beside):
                return
            _set_earlier_aside(folder)
            examples, pictures = self._draw(runner, dataset, beside)
            for name, picture in pictures.items():
                write_picture(folder / name, picture, quality=92)
            content = {"epoch": runner.epoch + 1, "measure": beside.measure, "examples": examples}
            dump_json(content, folder / FILE, indent=1)
            _show(runner, pictures)
        except Exception as error:  # a courtesy is no reason to lose a run
            runner.logger.warning("The examples of this epoch failed: %r", error, exc_info=True)
            return
        seconds = time.perf_counter() - started
        runner.logger.info("%d examples in %s (%.1f s)", len(pictures), folder, seconds)

    def _draw(
        self, runner: Any, dataset: TopDownDataset, beside: BesideLabels
    ) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """The entries of the json, and file name → picture."""
        examples, pictures = [], {}
        for rank, rows in choose_examples(beside, self.count).items():
            for number, row in enumerate(rows, 1):
                image, value = str(beside.images[row]), float(beside.values[row])
                bbox_id, name = int(beside.bbox_ids[row]), f"{rank}_{number}.jpg"
                try:
                    pixels = read_image(image, "bgr")
                except BadImage as error:
                    runner.logger.warning("No example of it: %s", error)
                    continue
                pictures[name] = draw_comparison(
                    pixels,
                    beside.poses[row],
                    beside.labels[row],
                    dataset.keypoints,
                    caption=(
                        f"{rank} {number}: {beside.measure} {value:.3f}",
                        f"epoch {runner.epoch + 1}, box {bbox_id}, {Path(image).name}",
                    ),
                )
                examples.append(
                    {
                        "rank": rank,
                        "image": image,
                        "bbox_id": bbox_id,
                        "value": value,
                        "picture": name,
                    }
                )
        return examples, pictures


def _set_earlier_aside(folder: Path) -> None:
    """Move away what an earlier run left of this epoch and of later ones.

    It goes to `examples/earlier_TIME`, named after its time of writing, so that all `epoch_N` that
    are there belong to one run.
    """
    number = int(folder.name.removeprefix("epoch_"))
    later = [
        path
        for path in folder.parent.glob("epoch_*")
        if re.fullmatch(r"epoch_\d+", path.name) and int(path.name[6:]) >= number
    ]
    if not later:
        return
    written = max(path.stat().st_mtime for path in later)
    aside = folder.parent / time.strftime("earlier_%Y%m%d_%H%M%S", time.localtime(written))
    stem, more = aside, 1
    while aside.exists():
        more += 1
        aside = stem.with_name(f"{stem.name}_{more}")
    aside.mkdir()
    for path in later:
        path.rename(aside / path.name)


def _show(runner: Any, pictures: Mapping[str, np.ndarray]) -> None:
    """Add the pictures to what TensorBoard shows, at the step of the epoch's scores."""
    for hook in runner.hooks:
        if isinstance(hook, TensorboardLoggerHook):
            for name, picture in pictures.items():
                hook.writer.add_image(
                    f"examples/{Path(name).stem}",
                    picture[..., ::-1],
                    hook.get_iter(runner),
                    dataformats="HWC",
                )
