"""From a data set to batches."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from mmcv.runner import get_dist_info
from torch.utils.data import DataLoader, Dataset

from models.datasets.collate import collate_batch
from models.datasets.picture_sampler import PictureSampler
from models.datasets.sampler import BatchShares, EpochSampler
from models.datasets.seeded import SeededDataset
from models.datasets.worker import prepare_worker
from models.runtime.names import check_keys

#: further arguments of torch's DataLoader that make sense here
PASSED_ON = ("prefetch_factor", "timeout", "multiprocessing_context")


def build_dataloader(
    dataset: Dataset,
    samples_per_gpu: int,
    workers_per_gpu: int,
    num_gpus: int = 1,
    dist: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    drop_last: bool = True,
    pin_memory: bool | None = None,
    persistent_workers: bool = False,
    each_once: bool = False,
    group_images: bool = False,
    opencv_num_threads: int = 0,
    **kwargs: Any,
) -> DataLoader:
    """A loader of batches for mmcv's runners and parallel wrappers.

    Args:
        dataset: the data set; the loader's own `dataset` is a `SeededDataset` around it.
        samples_per_gpu: batch size of a device.
        workers_per_gpu: loading processes of a device; 0 loads in the calling process.
        num_gpus: devices that this process feeds, where it is the only one; 0 (CPU) counts as 1.
        dist: whether several processes share the data set.
        shuffle: random order.
        seed: seed of order and augmentation; None draws one (all processes must be given the same,
            so with `dist` it must not be None where `shuffle` is on).
        drop_last: leave out a last batch that is not full; for training. A data set smaller than
            one batch is kept.
        pin_memory: by default where there is a CUDA device.
        persistent_workers: keep the loading processes from one epoch to the next.
        each_once: for testing: the data set's order, each sample in exactly one process, the last
            batch as it is (see `BatchShares`); `shuffle`, `seed` and `drop_last` have no meaning.
        group_images: for training: the people of a picture follow each other, so that it is decoded
            once an epoch and not once for each of them. Another order than the default one, in
            which the samples of a batch are less alike (see `PictureSampler`).
        opencv_num_threads: of OpenCV in each loading process; 0 is none beside the process's own.
        **kwargs: `PASSED_ON`, for torch's DataLoader; ignored without workers.

    Raises:
        KeyError: an argument is unknown.
        ValueError: a batch size below 1, no seed for a shared shuffle, or `group_images` where
            the order is given or the data set does not tell its pictures.
    """
    check_keys(kwargs, PASSED_ON, "build_dataloader")
    if samples_per_gpu < 1 or workers_per_gpu < 0:
        raise ValueError(
            f"samples_per_gpu {samples_per_gpu} must be 1 or more and workers_per_gpu "
            f"{workers_per_gpu} 0 or more"
        )
    rank, world_size = get_dist_info() if dist else (0, 1)
    devices = 1 if dist else max(1, num_gpus)
    batch_size, workers = devices * samples_per_gpu, devices * workers_per_gpu
    if each_once and group_images:
        raise ValueError("group_images is for training; testing keeps the data set's order")
    if each_once:
        order = {"batch_sampler": BatchShares(dataset, batch_size, rank, world_size)}
    else:
        if dist and shuffle and seed is None:
            raise ValueError(
                "processes that share a shuffled data set need the same seed; give one"
            )
        if seed is None:
            seed = int(torch.randint(2**31, ()))
        if group_images:
            sampler = PictureSampler(dataset, batch_size, shuffle, seed, rank, world_size)
        else:
            sampler = EpochSampler(dataset, shuffle, seed, rank, world_size)
        drop_last = drop_last and len(sampler) >= batch_size
        order = {"sampler": sampler, "batch_size": batch_size, "drop_last": drop_last}
    return DataLoader(
        SeededDataset(dataset),
        **order,
        num_workers=workers,
        collate_fn=partial(collate_batch, samples_per_gpu=samples_per_gpu),
        pin_memory=torch.cuda.is_available() if pin_memory is None else pin_memory,
        worker_init_fn=partial(prepare_worker, opencv_num_threads=opencv_num_threads),
        # The loader draws a number at the start of each pass; from here, not from the training's.
        generator=torch.Generator(),
        persistent_workers=persistent_workers and workers > 0,
        **(kwargs if workers > 0 else {}),
    )
