"""Section `train`: one training step on a batch that is already on the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.benchmark.agreement import Tolerance
from models.benchmark.section import Section
from models.benchmark.side import Case, Clock, Setup, Side

if TYPE_CHECKING:
    from torch import nn

    from models.benchmark.plan import Plan

HERE = __name__

SECTION = Section(
    name="train",
    title="Training step: forward, backward, optimizer",
    unit="ms",
    references=("mmpose-0.29", "ours"),
    tolerances={"loss": Tolerance(1e-3), "gradient": Tolerance(1e-3)},
    note="ms a sample; `train_step` with its loss and log values, backward, the config's "
    "optimizer; no data loading.",
)


def sides(plan: Plan) -> list[Side]:
    """The original's network, and ours."""
    options = {
        **plan.network_options(),
        "optimizer": dict(plan.optimizer),
        "batches": list(plan.train_batch_sizes),
    }
    mmpose = {"python": plan.peer.python, "missing": plan.peer.missing}
    return [
        Side("mmpose-0.29", f"{HERE}:mmpose", options, **mmpose),
        Side("ours", f"{HERE}:ours", options),
    ]


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The original's network, with mmcv's optimizer as the config names it."""
    from models.benchmark.mmpose_side import build_network

    return _setup(build_network(options), options)


def ours(options: Mapping[str, Any]) -> Setup:
    """Ours, as the config trains it."""
    from models.benchmark.network import build_network

    return _setup(build_network(options), options)


def _setup(network: nn.Module, options: Mapping[str, Any]) -> Setup:
    from mmcv.runner import build_optimizer

    from models.benchmark.training import batch_on, first_answers, make_step

    clock = Clock(options["device"])
    optimizer = build_optimizer(network.train(), dict(options["optimizer"]))
    cases, answers = {}, {}
    for size in options["batches"]:
        batch = batch_on(options["device"], size, options["joints"], tuple(options["size"]))
        answers = answers or first_answers(network, batch)
        cases[f"batch {size}"] = Case(make_step(network, optimizer, batch, clock), size)
    return Setup(cases, answers, clock=clock)
