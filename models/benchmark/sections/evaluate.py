"""Section `evaluate`: a test run's poses → COCO's ten statistics, which must be the same bits."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from models.benchmark.agreement import Tolerance
from models.benchmark.section import Section
from models.benchmark.side import Case, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__
IMAGES, DETECTIONS = 5_000, 100_000

SECTION = Section(
    name="evaluate",
    title="Evaluation: poses → COCO's ten statistics",
    unit="s",
    references=("xtcocotools",),
    tolerances={"statistics": Tolerance(0.0, absolute=True)},
    threads=1,
    note=f"s for {IMAGES:,} images and {DETECTIONS:,} poses (seeded, made up), from an annotation "
    "file and a list of results; the statistics must be identical.",
)


def sides(plan: Plan) -> list[Side]:
    """COCO's own evaluator, and ours."""
    options = {"labels": str(plan.folder / "labels.json"), "poses": str(plan.folder / "poses.json")}
    return [
        Side("xtcocotools", f"{HERE}:xtcocotools", options),
        Side("ours", f"{HERE}:ours", options),
    ]


def prepare(plan: Plan) -> None:
    """Write the problem for both."""
    from models.benchmark.coco_problem import coco_problem
    from models.runtime.files import dump_json

    size = (20, 200) if plan.smoke else (IMAGES, DETECTIONS)
    labels, poses = coco_problem(*size)
    dump_json(labels, plan.folder / "labels.json")
    dump_json(poses, plan.folder / "poses.json")


def xtcocotools(options: Mapping[str, Any]) -> Setup:
    """The reference evaluator."""
    from xtcocotools.coco import COCO
    from xtcocotools.cocoeval import COCOeval

    from models.structures.coco import COCO_17

    def evaluate(poses: list[dict[str, Any]]) -> np.ndarray:
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(options["labels"])
            run = COCOeval(truth, truth.loadRes(poses), "keypoints", COCO_17.sigmas, use_area=True)
            run.params.useSegm = None
            run.evaluate()
            run.accumulate()
            run.summarize()
        return run.stats

    return _setup(evaluate, options)


def ours(options: Mapping[str, Any]) -> Setup:
    """The evaluator of this project."""
    from models.evaluation import evaluate_coco_keypoints

    def evaluate(poses: list[dict[str, Any]]) -> np.ndarray:
        return np.array(list(evaluate_coco_keypoints(options["labels"], poses).values()))

    return _setup(evaluate, options)


def _setup(evaluate: Any, options: Mapping[str, Any]) -> Setup:
    from models.runtime.files import load_json

    poses = load_json(options["poses"], "result file")
    fresh: list[dict[str, Any]] = []

    def prepare() -> None:
        # loadRes writes into what it is given; neither side pays for the copy
        fresh[:] = [dict(pose) for pose in poses]

    prepare()
    answers = {"statistics": evaluate(fresh)}
    return Setup({"all": Case(lambda: evaluate(fresh), prepare=prepare)}, answers)
