"""Section `memory`: the most that a training step holds at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
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
    name="memory",
    title="Memory: peak of a training step",
    unit="MiB",
    references=(ORIGINAL, "ours"),
    tolerances={"loss": Tolerance(1e-3), "gradient": Tolerance(1e-3)},
    note="MiB above what the process held with network and batch, before its first step: resident "
    "memory on the CPU (the kernel's own high-water mark), torch's allocations on a GPU.",
)


def sides(plan: Plan) -> list[Side]:
    """The original's network, and ours."""
    options = {
        **plan.network_options(),
        "optimizer": dict(plan.optimizer),
        "batch": plan.train_batch_sizes[0],
    }
    absent = None
    if plan.device == "cpu" and not Path("/proc/self/clear_refs").exists():
        absent = "the peak of a process is read from Linux's /proc, which is not here"
    return [
        original_side(plan.peer, f"{HERE}:mmpose", options, absent),
        Side("ours", f"{HERE}:ours", options, missing=absent),
    ]


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The original's network."""
    from models.benchmark import training

    return _setup(*training.original(options), options)


def ours(options: Mapping[str, Any]) -> Setup:
    """Ours."""
    from models.benchmark import training

    return _setup(*training.ours(options), options)


def _setup(network: nn.Module, optimizer: Optimizer, options: Mapping[str, Any]) -> Setup:
    from models.benchmark.training import batch_on, first_answers, make_step

    device = options["device"]
    batch = batch_on(device, options["batch"], options["joints"], tuple(options["size"]))
    peak = peak_on_cpu() if device == "cpu" else _peak_on_gpu()
    answers = first_answers(network, batch)
    step = make_step(network, optimizer, batch, Clock(device))
    case = Case(lambda: peak(step), is_value=True)
    return Setup({f"batch {options['batch']}": case}, answers)


def peak_on_cpu() -> Callable[[Callable[[], Any]], float]:
    """A measure of what a call holds at most, in bytes above what the process holds now."""
    before = _status("VmRSS")

    def peak(call: Callable[[], Any]) -> float:
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts anew
        call()
        return max(1, _status("VmHWM") - before)

    return peak


def _peak_on_gpu() -> Callable[[Callable[[], Any]], float]:
    import torch

    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()

    def peak(call: Callable[[], Any]) -> float:
        torch.cuda.reset_peak_memory_stats()
        call()
        torch.cuda.synchronize()
        return max(1, torch.cuda.max_memory_allocated() - before)

    return peak


def _status(key: str) -> int:
    """A line of /proc/self/status, in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{key}:"):
            return 1024 * int(line.split()[1])
    raise ValueError(f"/proc/self/status has no {key}; the peak cannot be read on this system")
