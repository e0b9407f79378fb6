"""Picture by picture, and still every sample once, resumable and shared."""

from itertools import pairwise

import numpy as np
import pytest

from models.datasets import EpochSampler, PictureSampler, build_dataloader


class People:
    """Samples of pictures a, b …, mixed; sizes 1 to 4."""

    def __init__(self, size=37):
        self.pictures = np.random.default_rng(0).choice(list("abcdefghijklmno"), size).tolist()

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return {"i": index}

    def picture_of(self, index):
        return self.pictures[index]


def indices(sampler):
    return [draw.index for draw in sampler]


def test_people_of_a_picture_follow_each_other():
    people = People()
    order = [people.picture_of(i) for i in indices(PictureSampler(people, 4))]
    changes = sum(a != b for a, b in pairwise(order))
    assert changes == len(set(people.pictures)) - 1


def test_every_sample_once_in_an_order_of_seed_and_epoch():
    one, same, other = (PictureSampler(People(), 4, seed=s) for s in (3, 3, 4))
    first, second = indices(one), indices(one)
    assert sorted(first) == sorted(second) == list(range(37))
    assert first != second
    assert indices(same) == first != indices(other)
    assert indices(PictureSampler(People(), 8, seed=3)) == first  # whatever the batch


def test_augmentation_is_that_of_the_default_order():
    assert set(PictureSampler(People(), 4, seed=3)) == set(EpochSampler(People(), seed=3))


@pytest.mark.parametrize("world_size", [1, 2, 3])
@pytest.mark.parametrize("steps", [0, 1, 3])
def test_what_is_left_of_an_epoch(world_size, steps):
    for rank in range(world_size):
        whole, rest = (
            PictureSampler(People(), 4, rank=rank, world_size=world_size) for _ in range(2)
        )
        rest.set_epoch(0, done=steps * 4 * world_size)
        assert list(whole)[steps * 4 :] == list(rest)
        assert list(whole) == list(rest)


@pytest.mark.parametrize("done", [0, 6, 24])
@pytest.mark.parametrize("world_size", [2, 3, 5])
def test_shares_are_equally_long_and_cover_everything(world_size, done):
    shares = []
    for rank in range(world_size):
        sampler = PictureSampler(People(), 4, rank=rank, world_size=world_size)
        sampler.set_epoch(0, done)
        shares.append(indices(sampler))
    assert len({len(share) for share in shares}) == 1
    left = indices(PictureSampler(People(), 4))[done:]
    assert {i for share in shares for i in share} >= set(left)
    assert sum(map(len, shares)) < len(left) + 2 * world_size


def test_loader_takes_it_and_testing_does_not():
    loader = build_dataloader(People(), 4, 0, group_images=True, seed=1)
    assert isinstance(loader.sampler, PictureSampler)
    with pytest.raises(ValueError, match="group_images is for training"):
        build_dataloader(People(), 4, 0, group_images=True, each_once=True)
    with pytest.raises(ValueError, match="tells its pictures"):
        build_dataloader(range(5), 4, 0, group_images=True)
