"""Which sample comes when, and to which process: functions of seed, epoch and position alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from typing import NamedTuple

import torch
from torch.utils.data import Sampler

from models.runtime.seed import mix


class Draw(NamedTuple):
    """A sample to be loaded.

    Attributes:
        index: which one of the data set.
        seed: of its augmentation.
    """

    index: int
    seed: int


class EpochSampler(Sampler[Draw]):
    """One process's share of a data set for training, in the order of the epoch.

    The order is drawn from `seed` and epoch, the augmentation of a sample from `seed`, epoch and
    its index. So a run that goes on in the middle of an epoch sees what it would have seen, however
    many processes load the data. So that all processes take equally many steps, the last ones get
    the first samples again where the numbers do not divide.

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
        self.set_epoch(0)

    def set_epoch(self, epoch: int, done: int = 0) -> None:
        """Say which epoch the next pass over the data is, and where it begins.

        Without this call, passes count as consecutive epochs.

        Args:
            epoch: number from 0.
            done: samples of the epoch, of all processes together, that need not come again.
        """
        self.epoch = epoch
        self.done = done

    def __iter__(self) -> Iterator[Draw]:
        indices = self.order()
        total = len(self) * self.world_size
        padded = (indices * math.ceil(total / max(len(indices), 1)))[:total]
        share = self.share(padded[self.done :])
        epoch = self.epoch
        self.set_epoch(epoch + 1)
        return iter([Draw(index, mix(self.seed, epoch, index)) for index in share])

    def order(self) -> list[int]:
        """The samples of the epoch, of all processes together."""
        return self._permuted(len(self.dataset))

    def share(self, indices: list[int]) -> list[int]:
        """This process's share of samples that are yet to come."""
        return indices[self.rank :: self.world_size]

    def _permuted(self, size: int) -> list[int]:
        if not self.shuffle:
            return list(range(size))
        order = torch.Generator().manual_seed(self.seed + self.epoch)
        return torch.randperm(size, generator=order).tolist()

    def __len__(self) -> int:
        """Length of a share of a whole epoch, wherever the next pass begins."""
        return math.ceil(len(self.dataset) / self.world_size)


class BatchShares(Sampler[list[Draw]]):
    """One process's share of a data set for testing: whole batches, every sample exactly once.

    Sharing batches, not samples, makes a batch the same one however many processes there are, and
    with it every number that the network answers.

    Args:
        dataset: anything with a length.
        batch_size: samples of a batch; the last one has what is left.
        rank: which process this is.
        world_size: how many there are.
    """

    def __init__(self, dataset: Sized, batch_size: int, rank: int = 0, world_size: int = 1) -> None:
        self.dataset = dataset
        self.batch_size = batch_size
        self.rank = rank
        self.world_size = world_size

    def __iter__(self) -> Iterator[list[Draw]]:
        size, step = len(self.dataset), self.batch_size
        for begin in self._begins():
            yield [Draw(index, mix(index)) for index in range(begin, min(begin + step, size))]

    def __len__(self) -> int:
        return len(self._begins())

    def _begins(self) -> range:
        step = self.batch_size
        return range(self.rank * step, len(self.dataset), self.world_size * step)
