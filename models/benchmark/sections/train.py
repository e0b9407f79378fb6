"""Section `train`: one training step on a batch that is already on the device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.benchmark.agreement import Tolerance
from models.benchmark.peers import ORIGINAL, original_side
from models.benchmark.section import Section
from models.benchmark.side import Case, Clock, Setup, Side

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import Optimizer

    from models.benchmark.plan import Plan

HERE = __name__

SECTION = Section(
    name="train",
    title="Training step: forward, backward, optimizer",
    unit="ms",
    references=(ORIGINAL, "ours"),
    tolerances={
        "loss": Tolerance(1e-3),
        "gradient": Tolerance(1e-3),
        "loss, rounded": Tolerance(2e-2),  # of forms with 8 bits of mantissa
    },
    note="ms a sample; `train_step` with its loss and log values, backward, the config's "
    "optimizer; no data loading.",
)


#: side → (type of autocast, arguments of torch.compile); the first is the config's own form
FORMS: Mapping[str, tuple[str | None, Mapping[str, str] | None]] = {
    "ours": (None, None),
    "ours:compiled": (None, {"mode": "reduce-overhead"}),
    "ours:bf16": ("bfloat16", None),
    "ours:bf16-compiled": ("bfloat16", {"mode": "reduce-overhead"}),
}


def sides(plan: Plan) -> list[Side]:
    """The original's network, ours, and on a GPU the forms of ours that a config can ask for."""
    options = {
        **plan.network_options(),
        "optimizer": dict(plan.optimizer),
        "batches": list(plan.train_batch_sizes),
    }
    found = [original_side(plan.peer, f"{HERE}:mmpose", options)]
    for name, form in FORMS.items():
        if name == "ours" or plan.device != "cpu":
            found.append(Side(name, f"{HERE}:ours", {**options, "form": form}))
    return found


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The original's network."""
    from models.benchmark import training

    return _setup(*training.original(options), options)


def ours(options: Mapping[str, Any]) -> Setup:
    """Ours, as the config trains it, or in another form."""
    from models.benchmark import training

    network, optimizer = training.ours(options)
    autocast, compiled = options["form"]
    kwargs = {}
    if autocast or compiled:
        import torch

        from models.networks import ForwardConfig

        dtype = getattr(torch, autocast) if autocast else None
        kwargs["run"] = ForwardConfig(autocast=dtype, compile=compiled)
    return _setup(network, optimizer, options, **kwargs)


def _setup(
    network: nn.Module, optimizer: Optimizer, options: Mapping[str, Any], **kwargs: Any
) -> Setup:
    from models.benchmark.training import batch_on, first_answers, make_step

    clock = Clock(options["device"])
    cases, answers = {}, {}
    for size in options["batches"]:
        batch = batch_on(options["device"], size, options["joints"], tuple(options["size"]))
        answers = answers or first_answers(network, batch, **kwargs)
        cases[f"batch {size}"] = Case(make_step(network, optimizer, batch, clock, **kwargs), size)
    if options.get("form", (None,))[0]:
        answers = {"loss, rounded": answers["loss"]}
    else:
        answers["loss, rounded"] = answers["loss"]
    return Setup(cases, answers, clock=clock)
