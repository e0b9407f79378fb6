"""A data set whose samples are drawn: each with a seed of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch.utils.data import Dataset, get_worker_info

from models.datasets.sampler import Draw
from models.runtime.seed import seed_host, seeded


class SeededDataset(Dataset):
    """Loads what a sampler draws, with randomness that follows from the draw alone.

    Whether a sample is loaded in the training process or in another one, first or last, its
    augmentation is the same. A data set with `begin` is handed a generator that is seeded for the
    sample; NumPy's, Python's and torch's own are seeded too, for whatever draws from them. So the
    samples of a batch may be loaded in any order, and are: those of one image after each other,
    which the pipeline then decodes once (see `Album`).

    Args:
        dataset: the data set, indexed by numbers; its `picture_of`, if it has one, tells which
            samples share a picture.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._rng = np.random.RandomState()  # one for all: seeding it takes microseconds

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: Draw) -> Any:
        return self.__getitems__([draw])[0]

    def __getitems__(self, draws: Sequence[Draw]) -> list[Any]:
        """The samples of a batch, in the order of `draws`; torch's loader asks for them so."""
        if get_worker_info() is not None:  # nothing else there that draws
            return self._load(draws)
        with seeded(0):  # whose states come back once a batch
            return self._load(draws)

    def _load(self, draws: Sequence[Draw]) -> list[Any]:
        samples: list[Any] = [None] * len(draws)
        order = list(range(len(draws)))
        if hasattr(self.dataset, "picture_of"):
            order.sort(key=lambda i: self.dataset.picture_of(draws[i].index))
        # A data set of this project leaves the steps that draw nothing for the whole batch.
        in_batches = hasattr(self.dataset, "begin")
        for i in order:
            seed_host(draws[i].seed)  # whatever else draws than the steps of this project
            if in_batches:
                self._rng.seed(draws[i].seed)
                samples[i] = self.dataset.begin(draws[i].index, self._rng)
            else:
                samples[i] = self.dataset[draws[i].index]
        return self.dataset.finish(samples) if in_batches else samples
