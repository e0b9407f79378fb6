"""Picture by picture: an order of training in which each picture is decoded once an epoch."""

from __future__ import annotations

from torch.utils.data import Dataset

from models.datasets.sampler import EpochSampler


class PictureSampler(EpochSampler):
    """As `EpochSampler`, but the people of a picture follow each other.

    Pictures come in random order, the people of each as the data set has them; a process takes
    whole batches of that order in turn. Every sample comes once, with the augmentation that it has
    in the default order; and like that one, the order depends on seed and epoch alone, so a run can
    be resumed with another number of processes or another batch size. A picture is decoded twice
    only where a batch ends between its people.

    The price: people of one picture share their light and scene, so a batch varies less than one of
    people drawn one by one.

    Args:
        dataset: the data set; its `picture_of` tells a sample's picture.
        batch_size: samples of a batch of a process.
        shuffle: random order of the pictures, or that of their first people in the data set.
        seed: the same in all processes.
        rank: which process this is.
        world_size: how many there are.

    Raises:
        ValueError: the data set does not tell its pictures, or an impossible rank.
    """

    def __init__(
        self,
        dataset: Dataset,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        super().__init__(dataset, shuffle, seed, rank, world_size)
        if not hasattr(dataset, "picture_of"):
            raise ValueError(
                f"group_images needs a data set that tells its pictures (picture_of), which "
                f"{type(dataset).__name__} does not; take group_images out of train_dataloader"
            )
        self.batch_size = batch_size
        people: dict[str, list[int]] = {}
        for index in range(len(dataset)):
            people.setdefault(dataset.picture_of(index), []).append(index)
        self._people = list(people.values())

    def order(self) -> list[int]:
        """The samples of the epoch, picture by picture."""
        return [i for picture in self._permuted(len(self._people)) for i in self._people[picture]]

    def share(self, indices: list[int]) -> list[int]:
        """Every `world_size`-th batch; of what is left at the end, equal parts."""
        # After a resumption with another number of processes they need not divide.
        indices = indices + indices[: -len(indices) % self.world_size]
        step = self.batch_size * self.world_size
        share = []
        for begin in range(0, len(indices), step):
            together = indices[begin : begin + step]
            part = len(together) // self.world_size
            share += together[self.rank * part : (self.rank + 1) * part]
        return share
