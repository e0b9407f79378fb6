"""Images of a validation: the best, the middling and the worst predictions of any task."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmcv.runner import TensorboardLoggerHook

from models.builder import build_visualizer
from models.datasets import EvaluatedDataset
from models.evaluation import Compared, choose_examples
from models.pipelines import BadImage
from models.runtime.files import dump_json
from models.visualization import Visualizer, write_picture

FOLDER = "examples"  # under WORK_DIR/validation
FILE = "examples.json"


class Examples:
    """Leaves images under `WORK_DIR/validation/examples/epoch_N`, and in TensorBoard if it is on.

    The data set's visualizer chooses the measure and draws; a data set without one has no examples.
    `examples.json` beside them says what they show: `epoch`, `measure` and `examples`, each with
    `rank` ("best", "median", "worst"), what the visualizer says of it (`image` first), `value` of
    the measure, and `picture`, the file.

    They are for people to look at. Nothing is computed from them and no random number is drawn for
    them, so a run is the same with and without; where they fail it goes on, with a warning.

    Args:
        count: images of each rank; 0 leaves none.

    Raises:
        ValueError: the count is negative.
    """

    def __init__(self, count: int) -> None:
        if count < 0:
            raise ValueError(f"evaluation.examples={count} must be 0 or more")
        self.count = count

    def leave(
        self, runner: Any, dataset: EvaluatedDataset, results: Sequence[Mapping[str, Any]]
    ) -> None:
        """Draw the examples of an epoch that was just validated; for the first process only."""
        name = getattr(dataset, "visualizer", None)
        if not self.count or name is None:
            return
        started = time.perf_counter()
        folder = Path(runner.work_dir) / "validation" / FOLDER / f"epoch_{runner.epoch + 1}"
        try:
            visualizer = build_visualizer(name, dataset)
            compared = visualizer.compare(results)
            if compared is None or not len(compared):
                return
            _set_earlier_aside(folder)
            examples, images = self._draw(runner, visualizer, compared)
            for name, image in images.items():
                write_picture(folder / name, image, quality=92)
            content = {"epoch": runner.epoch + 1, "measure": compared.measure, "examples": examples}
            dump_json(content, folder / FILE, indent=1)
            _show(runner, images)
        except Exception as error:  # a courtesy is no reason to lose a run
            runner.logger.warning("The examples of this epoch failed: %r", error, exc_info=True)
            return
        seconds = time.perf_counter() - started
        runner.logger.info("%d examples in %s (%.1f s)", len(images), folder, seconds)

    def _draw(
        self, runner: Any, visualizer: Visualizer, compared: Compared
    ) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """The entries of the json, and file name → image."""
        examples, images = [], {}
        for rank, rows in choose_examples(compared, self.count).items():
            for number, row in enumerate(rows, 1):
                value, name = float(compared.values[row]), f"{rank}_{number}.jpg"
                caption = (
                    f"{rank} {number}: {compared.measure} {value:.3f}",
                    f"epoch {runner.epoch + 1}, {compared.title(row)}",
                )
                try:
                    images[name] = visualizer.draw(compared, row, caption)
                except BadImage as error:
                    runner.logger.warning("No example of it: %s", error)
                    continue
                which = compared.describe(row)
                examples.append({"rank": rank, **which, "value": value, "picture": name})
        return examples, images


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


def _show(runner: Any, images: Mapping[str, np.ndarray]) -> None:
    """Add the images to what TensorBoard shows, at the step of the epoch's scores."""
    for hook in runner.hooks:
        if isinstance(hook, TensorboardLoggerHook):
            for name, image in images.items():
                hook.writer.add_image(
                    f"examples/{Path(name).stem}",
                    image[..., ::-1],
                    hook.get_iter(runner),
                    dataformats="HWC",
                )
