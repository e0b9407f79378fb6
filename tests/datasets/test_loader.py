"""Batches, and random states of the processes that load them."""

import cv2
import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer
from torch.utils.data import Dataset

from models.datasets import build_dataloader
from models.pipelines import Compose
from models.runtime.seed import seeded


class Draws(Dataset):
    """Sample i: i, and a number drawn by the process that loads it."""

    def __init__(self, size=12):
        self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, i):
        return {
            "i": i,
            "drawn": np.random.rand(),
            "threads": cv2.getNumThreads(),
            "facts": DataContainer({"i": i}, cpu_only=True),
        }


def epoch(loader):
    """All indices and all draws of an epoch."""
    batches = list(loader)
    return tuple(torch.cat([b[key] for b in batches]).tolist() for key in ("i", "drawn"))


def test_batches_have_facts_as_lists():
    loader = build_dataloader(Draws(), 4, 0, shuffle=False)
    batches = list(loader)
    assert [b["i"].tolist() for b in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert batches[1]["facts"].data == [[{"i": 4}, {"i": 5}, {"i": 6}, {"i": 7}]]


def test_several_devices_share_a_batch():
    batch = next(iter(build_dataloader(Draws(), 2, 0, num_gpus=3, shuffle=False)))
    assert len(batch["i"]) == 6
    assert [len(part) for part in batch["facts"].data] == [2, 2, 2]
    assert build_dataloader(Draws(), 2, 1, num_gpus=0).num_workers == 1


def test_last_batch_is_dropped_for_training_only():
    assert len(build_dataloader(Draws(), 5, 0)) == 2
    assert len(build_dataloader(Draws(), 5, 0, drop_last=False)) == 3


def test_data_set_smaller_than_a_batch_is_not_lost():
    assert [len(b["i"]) for b in build_dataloader(Draws(3), 5, 0)] == [3]


def test_workers_draw_differently_and_anew_in_each_epoch():
    loader = build_dataloader(Draws(), 3, 2, seed=1)
    (first, draws), (second, more_draws) = epoch(loader), epoch(loader)
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second
    assert len(set(draws + more_draws)) == 24


def test_same_seed_same_batches_other_seed_others():
    one, same, other = (epoch(build_dataloader(Draws(), 3, 2, seed=s)) for s in (1, 1, 2))
    assert one == same
    assert not set(one[1]) & set(other[1])


def test_drawing_does_not_depend_on_who_loads():
    """In the training process, in others, in the middle of an epoch."""
    drawn = dict(zip(*epoch(build_dataloader(Draws(), 3, 0, seed=1)), strict=True))
    for workers in (1, 2):
        indices, numbers = epoch(build_dataloader(Draws(), 4, workers, seed=1))
        assert dict(zip(indices, numbers, strict=True)) == drawn
    rest = build_dataloader(Draws(), 3, 0, seed=1)
    rest.sampler.set_epoch(0, done=6)
    indices, numbers = epoch(rest)
    assert [drawn[i] for i in indices] == numbers
    assert len(indices) == 6


def test_loading_leaves_the_randomness_of_training_alone():
    np.random.seed(3)
    expected = np.random.rand(2).tolist()
    np.random.seed(3)
    first = np.random.rand()
    state = torch.get_rng_state()
    epoch(build_dataloader(Draws(), 3, 0, seed=1))
    epoch(build_dataloader(Draws(), 3, 2, seed=1))
    assert [first, np.random.rand()] == expected
    assert torch.equal(torch.get_rng_state(), state)


def test_each_once():
    loader = build_dataloader(Draws(11), 4, 0, each_once=True)
    assert [b["i"].tolist() for b in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10]]


def test_resumed_run_draws_as_the_interrupted_one():
    """As mmcv's hook does before each epoch: order and augmentation come again."""
    straight, resumed = (build_dataloader(Draws(), 3, 2, seed=1) for _ in range(2))
    for number in range(2):
        straight.sampler.set_epoch(number)
        last = epoch(straight)
    resumed.sampler.set_epoch(1)
    assert epoch(resumed) == last


def test_opencv_does_not_multiply_the_workers():
    batch = next(iter(build_dataloader(Draws(), 2, 1)))
    assert set(batch["threads"].tolist()) <= {0, 1}


def test_arguments_of_torch_are_passed_on():
    loader = build_dataloader(Draws(), 2, 1, prefetch_factor=3, persistent_workers=True)
    assert (loader.prefetch_factor, loader.persistent_workers) == (3, True)
    build_dataloader(Draws(), 2, 0, prefetch_factor=3, persistent_workers=True)


def test_unknown_argument_names_the_nearest():
    with pytest.raises(KeyError, match="did you mean 'prefetch_factor'"):
        build_dataloader(Draws(), 2, 0, prefetch_factr=3)


@pytest.mark.parametrize("numbers", [(0, 1), (4, -1)])
def test_impossible_numbers(numbers):
    with pytest.raises(ValueError, match="samples_per_gpu"):
        build_dataloader(Draws(), *numbers)


def test_processes_that_shuffle_need_a_common_seed():
    with pytest.raises(ValueError, match="same seed"):
        build_dataloader(Draws(), 2, 0, dist=True)


def test_shared_by_processes(monkeypatch):
    monkeypatch.setattr("models.datasets.loader.get_dist_info", lambda: (1, 3))
    loader = build_dataloader(Draws(), 2, 0, num_gpus=3, dist=True, shuffle=False)
    assert [b["i"].tolist() for b in loader] == [[1, 4], [7, 10]]


def augmented(steps):
    """The steps with random flips, sizes and turns before the crop."""
    random = [{"type": "TopDownRandomFlip"}, {"type": "TopDownGetRandomScaleRotation"}]
    tail = [steps[2], {"type": "NormalizeTensor", "mean": [0.5] * 3, "std": [0.2] * 3}]
    keys = ["img", "target", "target_weight"]
    collect = {**steps[-1], "keys": keys}
    return [steps[0], *random, steps[1], *tail, {"type": "TopDownGenerateTarget"}, collect]


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("group_images", [False, True])
def test_batches_are_those_of_plain_steps(coco, pipeline, workers, group_images):
    """Sample by sample, step by step, in the training process; and the batch of the network."""
    dataset = coco(arguments={"pipeline": augmented(pipeline)})
    steps = Compose(augmented(pipeline)).steps
    loader = build_dataloader(
        dataset, 2, workers, seed=4, drop_last=False, group_images=group_images
    )
    draws = list(type(loader.sampler)(dataset, *([2] if group_images else []), seed=4))
    for number, batch in enumerate(loader):
        for i, draw in enumerate(draws[2 * number : 2 * number + 2]):
            with seeded(draw.seed):
                expected = {**dataset.db[draw.index], "ann_info": dataset.ann_info}
                for step in steps:
                    expected = step(expected)
            for key in ("img", "target", "target_weight"):
                assert torch.equal(batch[key][i], torch.as_tensor(expected[key])), key
            facts = batch["img_metas"].data[0][i]
            np.testing.assert_array_equal(facts["center"], expected["img_metas"].data["center"])


class Listens:
    """A user's step that draws from NumPy's global state, as steps of mmpose do."""

    def __init__(self):
        self.drawn = []

    def __call__(self, sample):
        self.drawn.append(np.random.rand())
        return sample


def test_augmentation_is_not_moved_by_what_others_draw(coco, pipeline):
    """And what they draw follows from the seed of the sample too."""
    listens = Listens()
    with_it, without = (
        coco(arguments={"pipeline": [first, *more, *rest]})
        for first, *rest in [augmented(pipeline)]
        for more in ([listens], [])
    )
    listens.drawn.clear()  # of the rehearsal
    made = [build_dataloader(dataset, 1, 0, seed=4) for dataset in (with_it, without, with_it)]
    for batch, expected, again in zip(*made, strict=True):
        for key in ("img", "target"):
            assert torch.equal(batch[key], expected[key])
            assert torch.equal(batch[key], again[key])
    assert listens.drawn[::2] == listens.drawn[1::2]
    assert len(set(listens.drawn)) == 3


@pytest.mark.parametrize(("keep", "decoded"), [("batch", 2), ("single", 3)])
def test_people_of_a_picture_share_its_decoding_in_a_batch(coco, monkeypatch, keep, decoded):
    """Three people in two pictures, not next to each other."""
    dataset = coco()
    dataset.db = [dataset.db[i] for i in (0, 2, 1)]
    dataset.pipeline.runs[0].album.keep = 1
    count = []
    decode = cv2.imdecode
    monkeypatch.setattr(cv2, "imdecode", lambda *a: count.append(1) or decode(*a))
    dataset.pipeline.runs[0].album._pictures.clear()
    list(build_dataloader(dataset, 3 if keep == "batch" else 1, 0, shuffle=False))
    assert len(count) == decoded
