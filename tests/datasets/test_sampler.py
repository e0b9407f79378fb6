"""Order, shares and seeds: functions of seed, epoch and position."""

import pytest

from models.datasets import BatchShares, EpochSampler


def indices(sampler):
    return [draw.index for draw in sampler]


def test_an_epoch_is_a_permutation_and_the_next_another():
    sampler = EpochSampler(range(50), seed=3)
    first, second = indices(sampler), indices(sampler)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second != list(range(50))


def test_same_seed_same_order_other_seed_other_order():
    assert list(EpochSampler(range(50), seed=3)) == list(EpochSampler(range(50), seed=3))
    assert indices(EpochSampler(range(50), seed=3)) != indices(EpochSampler(range(50), seed=5))


def test_resumed_run_goes_on_as_the_interrupted_one():
    straight, resumed = EpochSampler(range(50)), EpochSampler(range(50))
    list(straight)
    resumed.set_epoch(1)
    assert list(straight) == list(resumed)


@pytest.mark.parametrize("world_size", [1, 2, 3])
@pytest.mark.parametrize("steps", [0, 1, 5])
def test_what_is_left_of_an_epoch(world_size, steps):
    for rank in range(world_size):
        whole, rest = (EpochSampler(range(20), rank=rank, world_size=world_size) for _ in "ab")
        rest.set_epoch(0, done=steps * world_size)
        assert list(whole)[steps:] == list(rest)
        assert len(whole) == len(rest)  # the length is the epoch's
        assert list(whole) == list(rest)  # and the next one is whole


def test_without_shuffle_the_order_is_the_data_sets():
    sampler = EpochSampler(range(5), shuffle=False)
    assert indices(sampler) == indices(sampler) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("shuffle", [True, False])
def test_shares_are_equally_long_and_cover_everything(shuffle):
    shares = [indices(EpochSampler(range(10), shuffle, rank=r, world_size=4)) for r in range(4)]
    assert [len(share) for share in shares] == [3, 3, 3, 3]
    drawn = [i for share in shares for i in share]
    assert set(drawn) == set(range(10))
    assert len(EpochSampler(range(10), world_size=4)) == 3


def test_more_processes_than_samples():
    shares = [indices(EpochSampler(range(2), False, rank=r, world_size=5)) for r in range(5)]
    assert shares == [[0], [1], [0], [1], [0]]


def test_augmentation_belongs_to_sample_and_epoch_not_to_process_or_order():
    def seeds(epoch, world_size, seed=0):
        found = {}
        for rank in range(world_size):
            sampler = EpochSampler(range(12), seed=seed, rank=rank, world_size=world_size)
            sampler.set_epoch(epoch)
            found.update({draw.index: draw.seed for draw in sampler})
        return found

    assert seeds(3, 1) == seeds(3, 4)
    every = [seed for epoch in range(5) for seed in seeds(epoch, 1).values()]
    assert len(set(every)) == 60
    assert not set(seeds(3, 1).values()) & set(seeds(3, 1, seed=1).values())


def test_impossible_rank():
    with pytest.raises(ValueError, match="rank 2"):
        EpochSampler(range(5), rank=2, world_size=2)


@pytest.mark.parametrize("world_size", [1, 2, 3, 8])
def test_batches_are_the_same_whoever_has_them(world_size):
    shares = [list(BatchShares(range(11), 2, rank, world_size)) for rank in range(world_size)]
    assert [len(BatchShares(range(11), 2, rank, world_size)) for rank in range(world_size)] == [
        len(share) for share in shares
    ]
    batches = sorted([draw.index for draw in batch] for share in shares for batch in share)
    assert batches == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]
