"""Which sample comes when, and to which process: a function of seed and epoch alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized

import torch
from torch.utils.data import Sampler


class EpochSampler(Sampler[int]):
    """Indices of one process's share of a data set, in the order of the epoch.

    The order is drawn afresh in every epoch from `seed` + epoch, so a resumed run goes on as the
    interrupted one would have; `worker_seeds`, from which the loader seeds its workers, is set
    back along with it. The epoch is told by `set_epoch` (mmcv's DistSamplerSeedHook does) or else
    counted. So that all processes take equally many steps, the last ones get the first samples
    again where the numbers do not divide.

    Args:
        dataset: anything with a length.
        shuffle: random order, or the data set's own.
        seed: the same in all processes.
        rank: which process this is.
        world_size: how many there are.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        if not 0 <= rank < world_size:
            raise ValueError(f"rank {rank} must lie in 0 … {world_size - 1}")
        self.dataset = dataset
        self.shuffle = shuffle
        self.seed = seed
        self.rank = rank
        self.world_size = world_size
        self.worker_seeds = torch.Generator()
        self.set_epoch(0)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch the next pass over the data is."""
        self.epoch = epoch
        # An odd multiplier keeps (epoch, rank) pairs of a run apart.
        self.worker_seeds.manual_seed(self.seed + 1_000_003 * (epoch * self.world_size + self.rank))

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        if self.shuffle:
            order = torch.Generator().manual_seed(self.seed + self.epoch)
            indices = torch.randperm(size, generator=order).tolist()
        else:
            indices = list(range(size))
        self.epoch += 1
        total = len(self) * self.world_size
        padded = (indices * math.ceil(total / max(size, 1)))[:total]
        return iter(padded[self.rank : total : self.world_size])

    def __len__(self) -> int:
        return math.ceil(len(self.dataset) / self.world_size)
