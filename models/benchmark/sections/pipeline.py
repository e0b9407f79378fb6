"""Section `pipeline`: from picture files to batches of training samples, on one core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from models.benchmark.agreement import Tolerance
from models.benchmark.section import Section
from models.benchmark.side import Case, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__

SECTION = Section(
    name="pipeline",
    title="Pipeline: picture files → training batches, one process, one core",
    unit="samples/s",
    references=("mmpose-0.29", "ours"),
    tolerances={
        "img": Tolerance(1e-4, absolute=True),
        "target": Tolerance(1e-4, absolute=True),
    },
    threads=1,
    note="samples a second of a core: read, augment, crop, normalise, targets, collate in batches "
    "of 32. Without its random steps each side gives the same pictures and targets.",
)


def sides(plan: Plan) -> list[Side]:
    """The original's pipeline, and ours."""
    options = {**plan.data_options(), "batch": 4 if plan.smoke else 32}
    mmpose = {"python": plan.peer.python, "missing": plan.peer.missing}
    return [
        Side("mmpose-0.29", f"{HERE}:mmpose", options, **mmpose),
        Side("ours", f"{HERE}:ours", options),
    ]


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The original's pipeline as its COCO config of Lite-HRNet has it."""
    import torch
    from mmcv.parallel import collate
    from torch.utils.data import DataLoader

    from models.benchmark import mmpose_side
    from models.benchmark.persons import plain_samples

    batch = options["batch"]
    dataset = mmpose_side.build_dataset(
        options, mmpose_side.train_pipeline(options["sigma"]), test=False
    )
    plain = mmpose_side.build_dataset(
        options, mmpose_side.plain_pipeline(options["sigma"]), test=False
    )
    loader = DataLoader(
        dataset,
        batch_size=batch,
        shuffle=True,
        drop_last=True,
        collate_fn=partial(collate, samples_per_gpu=batch),
        generator=torch.Generator().manual_seed(0),
    )
    return _setup(loader, batch, plain_samples(plain, options["size"]))


def ours(options: Mapping[str, Any]) -> Setup:
    """The config's pipeline, as it is by default."""
    from models.benchmark.data import train_dataset
    from models.benchmark.persons import plain_samples
    from models.datasets import build_dataloader

    batch = options["batch"]
    plain = train_dataset(options, plain=True)
    loader = build_dataloader(train_dataset(options), batch, 0, seed=0, pin_memory=False)
    return _setup(loader, batch, plain_samples(plain, options["size"]))


def _setup(loader: Any, batch: int, answers: Mapping[str, Any]) -> Setup:
    batches = _endless(loader)
    return Setup({f"batch {batch}": Case(lambda: next(batches) and None, batch)}, answers)


def _endless(loader: Any) -> Iterator[Any]:
    epoch = 0
    while True:
        set_epoch = getattr(loader.sampler, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)
        yield from loader
        epoch += 1
