"""Section `inference`: a batch of crops → heatmaps, one view.

Sides: the original's network (mmpose), ours as it is trained, ours in each inference form, and the
plain ONNX export of the unmodified graph in the runtimes that ours is exported to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from models.benchmark.agreement import Tolerance
from models.benchmark.inputs import crops
from models.benchmark.peers import ORIGINAL, lacks, original_side
from models.benchmark.section import Section
from models.benchmark.side import Case, Clock, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__
TRAIN_FORM = "ours-train-form"
ENGINES = ("torch", "onnxruntime", "openvino")

SECTION = Section(
    name="inference",
    title="Inference: crops → heatmaps, one view",
    unit="ms",
    references=(ORIGINAL, TRAIN_FORM),
    tolerances={"heatmaps": Tolerance(1e-3)},
    note="ms a picture; one process a side, all with the same weights. `plain-*`: the unmodified "
    "network through torch.onnx.export (one static file a batch size) in the runtime's default "
    "settings, OpenVINO held to float32 as all are.",
)


def sides(plan: Plan) -> list[Side]:
    """Everyone who can answer with heatmaps."""
    options = {**plan.network_options(), "batches": list(plan.batch_sizes)}
    found = [
        original_side(plan.peer, f"{HERE}:mmpose", options),
        Side(TRAIN_FORM, f"{HERE}:train_form", options),
    ]
    for runtime in ENGINES[1:]:
        missing = lacks(runtime, "onnx") or _refused(plan) or not_on_gpu(plan)
        more = {"exports": str(plan.folder), "runtime": runtime}
        found.append(
            Side(f"plain-{runtime}", f"{HERE}:plain", {**options, **more}, missing=missing)
        )
    for name in ENGINES:
        side = f"ours:{name}", f"{HERE}:engine", {**options, "engine": name}
        found.append(Side(*side, missing=engine_missing(name, plan)))
    return found


def prepare(plan: Plan) -> None:
    """Export the unmodified graph: mmpose's where it is here, else ours in its training form."""
    from models.benchmark.exporting import export_plain

    if all(lacks(name, "onnx") for name in ENGINES[1:]) or plan.device != "cpu":
        return
    try:
        export_plain(plan)
    except RuntimeError as error:
        _refusal(plan).write_text(str(error), encoding="utf-8")


def engine_missing(name: str, plan: Plan) -> str | None:
    """Why an inference form of ours cannot be measured; None where it can."""
    return None if name == "torch" else lacks(name, "onnx") or not_on_gpu(plan)


def not_on_gpu(plan: Plan) -> str | None:
    """Why something that runs on the CPU is not measured; None where the run is on the CPU."""
    return None if plan.device == "cpu" else "measured with --device cpu only"


def _refusal(plan: Plan) -> Path:
    """What torch said when it could not export the unmodified graph."""
    return plan.folder / "no_plain_export.txt"


def _refused(plan: Plan) -> str | None:
    path = _refusal(plan)
    return path.read_text(encoding="utf-8") if path.exists() else None


def train_form(options: Mapping[str, Any]) -> Setup:
    """Ours, as it is trained, in eval mode."""
    from models.benchmark.network import build_network

    return _torch(build_network(options).forward_tensor, options)


def engine(options: Mapping[str, Any]) -> Setup:
    """Ours, in the inference form of an engine."""
    from models.benchmark.network import build_network
    from models.deploy import build_engine

    network = build_network(options)
    built = build_engine(
        network,
        options["engine"],
        input_size=tuple(options["size"]),
        device=options["device"],
        threads=options["threads"],
    )
    return _torch(built, options)


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The original's network."""
    from models.benchmark.mmpose_side import build_network

    return _torch(build_network(options).forward_dummy, options)


def plain(options: Mapping[str, Any]) -> Setup:
    """The plain export in a runtime with its default settings."""
    from models.benchmark.exporting import onnxruntime_session, openvino_model, plain_file

    load = {"onnxruntime": onnxruntime_session, "openvino": openvino_model}[options["runtime"]]
    size = tuple(options["size"])
    cases, answers = {}, {}
    for batch in options["batches"]:
        file = plain_file(Path(options["exports"]), batch)
        run = load(file, options["threads"])
        img = crops(batch, size)
        cases[f"batch {batch}"] = Case(partial(run, img), batch)
        answers = answers or {"heatmaps": run(img)}
    return Setup(cases, answers)


def _torch(run: Callable[[Any], Any], options: Mapping[str, Any]) -> Setup:
    """Cases of a function from tensor to tensor; a picture counts when its heatmaps are there."""
    import torch

    clock = Clock(options["device"])

    def call(img: torch.Tensor) -> None:
        with torch.inference_mode():
            run(img)
        clock.synchronize()

    size = tuple(options["size"])
    cases, answers = {}, {}
    for batch in options["batches"]:
        img = torch.from_numpy(crops(batch, size)).to(options["device"])
        cases[f"batch {batch}"] = Case(partial(call, img), batch)
        if not answers:
            with torch.inference_mode():
                answers = {"heatmaps": np.array(run(img).float().cpu())}
    return Setup(cases, answers, clock=clock)
