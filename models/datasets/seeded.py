"""A data set whose samples are drawn: each with a seed of its own."""

from __future__ import annotations

from typing import Any

from torch.utils.data import Dataset, get_worker_info

from models.datasets.sampler import Draw
from models.runtime.seed import seed_host, seeded


class SeededDataset(Dataset):
    """Loads what a sampler draws, with randomness that follows from the draw alone.

    Whether a sample is loaded in the training process or in another one, first or last, its
    augmentation is the same.

    Args:
        dataset: the data set, indexed by numbers.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, draw: Draw) -> Any:
        if get_worker_info() is not None:  # nothing else there that draws
            seed_host(draw.seed)
            return self.dataset[draw.index]
        with seeded(draw.seed):
            return self.dataset[draw.index]
