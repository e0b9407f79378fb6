"""Section `pipeline`: from picture files to batches of training samples, on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from models.benchmark.agreement import Tolerance
from models.benchmark.peers import ORIGINAL, original_side
from models.benchmark.section import Section
from models.benchmark.side import Case, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__

SECTION = Section(
    name="pipeline",
    title="Pipeline: picture files → training batches, one process, one core",
    unit="samples/s",
    references=(ORIGINAL, "ours"),
    tolerances={
        "img": Tolerance(1e-4, absolute=True),
        "target": Tolerance(1e-4, absolute=True),
    },
    threads=1,
    note="samples a second of a core: read, augment, crop, normalise, targets, collate in batches "
    "of 32. Without its random steps each side gives the same pictures and targets. The files lie "
    "in memory, so no disk is measured. `grouped`: each image once an epoch, for all its people, "
    "so it gains with their number (see `pictures` below).",
)


#: side → what it changes (`group_images`, `reduced`, `bytes`, `crop_cache`); all exact but
#: `reduced`, whose pictures are less aliased
VARIANTS = {
    "ours": (),
    "ours:grouped": ("group_images",),
    "ours:grouped-bytes": ("group_images", "bytes"),
    "ours:grouped-reduced": ("group_images", "reduced"),
    "ours:crop-cache": ("crop_cache",),
    "ours:crop-cache-bytes": ("crop_cache", "bytes"),
    "ours:grouped-crop-cache-bytes": ("group_images", "crop_cache", "bytes"),
}


def sides(plan: Plan) -> list[Side]:
    """The original's pipeline, ours, and ours with each of its options."""
    options = {**plan.data_options(), "batch": 4 if plan.smoke else 32}
    found = [original_side(plan.peer, f"{HERE}:mmpose", options)]
    for name, changes in VARIANTS.items():
        more = {"changes": list(changes), "cache": str(plan.folder / name.replace(":", "_"))}
        found.append(Side(name, f"{HERE}:ours", {**options, **more}))
    return found


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
    """The config's pipeline, with the options of a variant."""
    from models.benchmark.data import NORMALIZATION, train_dataset
    from models.benchmark.persons import plain_samples
    from models.datasets import build_dataloader

    changes, batch, note = options["changes"], options["batch"], ""
    plain = train_dataset(options, changes, plain=True)
    if "crop_cache" in changes:
        note = _make_cache(options)
    dataset = train_dataset(options, changes)
    more = {"group_images": True} if "group_images" in changes else {}
    loader = build_dataloader(dataset, batch, 0, seed=0, pin_memory=False, **more)
    answers = plain_samples(plain, options["size"])
    if "bytes" in changes:
        mean, std = (np.float32(values).reshape(3, 1, 1) for values in NORMALIZATION)
        answers["img"] = (answers["img"] / np.float32(255) - mean) / std
        note += (note and "; ") + "bytes out, normalised on the network's device"
    if "reduced" in changes:
        del answers["img"]
        note += "JPEGs decoded at 1/2 … 1/8 where a crop is as much larger than the input"
    return _setup(loader, batch, answers, note)


def _make_cache(options: Mapping[str, Any]) -> str:
    from models.benchmark.data import train_dataset

    cache = train_dataset(options).crop_cache({"dir": options["cache"]})
    begin = time.perf_counter()
    cache.build(cache.plan())
    size = cache.pixel_file.stat().st_size / 2**20
    return f"cache of {size:.0f} MiB, made in {time.perf_counter() - begin:.1f} s"


def _setup(loader: Any, batch: int, answers: Mapping[str, Any], note: str = "") -> Setup:
    persons = len(loader.dataset)
    if persons < batch:
        raise ValueError(f"{persons} persons do not fill a batch of {batch}; give more --pictures")
    batches = _endless(loader)
    return Setup({f"batch {batch}": Case(lambda: next(batches) and None, batch)}, answers, note)


def _endless(loader: Any) -> Iterator[Any]:
    epoch = 0
    while True:
        set_epoch = getattr(loader.sampler, "set_epoch", None)
        if set_epoch is not None:
            set_epoch(epoch)
        yield from loader
        epoch += 1
