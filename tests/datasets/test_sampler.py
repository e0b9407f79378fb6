"""Order and shares: a function of seed and epoch."""

import pytest

from models.datasets import EpochSampler


def test_an_epoch_is_a_permutation_and_the_next_another():
    sampler = EpochSampler(range(50), seed=3)
    first, second = list(sampler), list(sampler)
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second != list(range(50))


def test_same_seed_same_order_other_seed_other_order():
    assert list(EpochSampler(range(50), seed=3)) == list(EpochSampler(range(50), seed=3))
    assert list(EpochSampler(range(50), seed=3)) != list(EpochSampler(range(50), seed=5))


def test_resumed_run_goes_on_as_the_interrupted_one():
    straight, resumed = EpochSampler(range(50)), EpochSampler(range(50))
    list(straight)
    resumed.set_epoch(1)
    assert list(straight) == list(resumed)


def test_without_shuffle_the_order_is_the_data_sets():
    sampler = EpochSampler(range(5), shuffle=False)
    assert list(sampler) == list(sampler) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("shuffle", [True, False])
def test_shares_are_equally_long_and_cover_everything(shuffle):
    shares = [list(EpochSampler(range(10), shuffle, rank=r, world_size=4)) for r in range(4)]
    assert [len(share) for share in shares] == [3, 3, 3, 3]
    drawn = [i for share in shares for i in share]
    assert set(drawn) == set(range(10))
    assert len(EpochSampler(range(10), world_size=4)) == 3


def test_more_processes_than_samples():
    shares = [list(EpochSampler(range(2), False, rank=r, world_size=5)) for r in range(5)]
    assert shares == [[0], [1], [0], [1], [0]]


def test_worker_seeds_differ_by_epoch_and_process_and_come_again():
    def seed(epoch, rank):
        sampler = EpochSampler(range(5), rank=rank, world_size=2)
        sampler.set_epoch(epoch)
        return sampler.worker_seeds.initial_seed()

    assert len({seed(e, r) for e in range(5) for r in range(2)}) == 10
    assert seed(3, 1) == seed(3, 1)


def test_impossible_rank():
    with pytest.raises(ValueError, match="rank 2"):
        EpochSampler(range(5), rank=2, world_size=2)
