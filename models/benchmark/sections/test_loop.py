"""Section `test`: boxes in picture files → joints in the image, flip test included."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from models.benchmark.agreement import Tolerance
from models.benchmark.peers import ORIGINAL, original_side
from models.benchmark.section import Section
from models.benchmark.sections.inference import ENGINES, TRAIN_FORM, engine_missing
from models.benchmark.side import Case, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__
#: persons that a side's answers are of, and the least of a call
TRIAL = 16

SECTION = Section(
    name="test",
    title="Test loop: picture files → joints, with flip",
    unit="boxes/s",
    references=(ORIGINAL, TRAIN_FORM),
    tolerances={
        # OpenCV warps in steps of 1/32 px, so boxes that differ in their last bit differ visibly
        "scores": Tolerance(5e-3),
        # of an untrained network: now and then two cells of a heatmap are equal up to rounding
        "points": Tolerance(0.1, absolute=True, share=0.02),
    },
    note="boxes a second end to end, start of the loading processes included; the original's loop "
    "takes one box at a time and mirrors it in a second pass. As many boxes for each side as it "
    "takes for a call of some seconds.",
)


def sides(plan: Plan) -> list[Side]:
    """The original's loop, ours with the network as trained, and with each engine."""
    options = {
        **plan.network_options(),
        **plan.data_options(),
        "workers": plan.workers,
        "batch": 4 if plan.smoke else None,
        "seconds": 0 if plan.smoke else 6,
    }
    found = [
        original_side(plan.peer, f"{HERE}:mmpose", options),
        Side(TRAIN_FORM, f"{HERE}:ours", options),
    ]
    for name in ENGINES:
        side = f"ours:{name}", f"{HERE}:ours", {**options, "engine": name}
        found.append(Side(*side, missing=engine_missing(name, plan)))
    return found


def mmpose(options: Mapping[str, Any]) -> Setup:
    """mmpose's `single_gpu_test` as the original's tools/test.py calls it."""
    from mmcv.parallel import MMDataParallel, collate
    from torch.utils.data import DataLoader

    from models.benchmark import mmpose_side
    from models.benchmark.persons import first_persons

    single_gpu_test = mmpose_side.test_loop()
    dataset = mmpose_side.build_dataset(options, mmpose_side.test_pipeline(), test=True)
    network = mmpose_side.build_network(options)
    wrapped = MMDataParallel(network, device_ids=[0] if options["device"] != "cpu" else [])

    def test(count: int) -> list[Mapping[str, Any]]:
        loader = DataLoader(
            first_persons(dataset, count),
            batch_size=1,
            num_workers=options["workers"],
            collate_fn=partial(collate, samples_per_gpu=1),
        )
        return single_gpu_test(wrapped, loader)

    return _setup(test, len(dataset), options["seconds"])


def ours(options: Mapping[str, Any]) -> Setup:
    """This project's test loop, with the network as trained or an engine in its place."""
    from models.benchmark.data import config_of, test_dataset
    from models.benchmark.network import build_network
    from models.benchmark.persons import first_persons
    from models.datasets import build_dataloader
    from models.engine.checks import loader_settings
    from models.engine.test import run_test

    dataset = test_dataset(options)
    network = build_network(options)
    engine = None
    if options.get("engine"):
        from models.deploy import build_engine

        engine = build_engine(
            network,
            options["engine"],
            input_size=tuple(options["size"]),
            device=options["device"],
            threads=options["threads"],
        )
    settings = {
        **loader_settings(config_of(options), "test"),
        "workers_per_gpu": options["workers"],
    }
    if options["batch"]:
        settings["samples_per_gpu"] = options["batch"]

    def test(count: int) -> list[Mapping[str, Any]]:
        loader = build_dataloader(first_persons(dataset, count), each_once=True, **settings)
        return run_test(network, loader, engine)

    return _setup(test, len(dataset), options["seconds"])


def _setup(test: Callable[[int], list[Mapping[str, Any]]], persons: int, seconds: float) -> Setup:
    """Answer a few boxes, then find how many make a call of at least half of `seconds`."""
    count = min(TRIAL, persons)
    results = test(count)
    while count < persons:
        begin = time.perf_counter()
        test(count)
        took = time.perf_counter() - begin
        if took >= seconds / 2:
            break
        count = min(persons, max(2 * count, int(count * seconds / took)))
    poses = np.concatenate([np.asarray(batch["preds"], dtype=float) for batch in results])
    order = np.argsort(np.concatenate([batch["bbox_ids"] for batch in results]))
    answers = {"points": poses[order, :, :2], "scores": poses[order, :, 2]}
    return Setup({"all": Case(lambda: test(count) and None, count)}, answers, f"{count} boxes")
