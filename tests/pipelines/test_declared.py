"""What steps offer beyond being called: to be merged, and to wait for the batch."""

import numpy as np
import pytest
import torch

from models.pipelines import (
    Album,
    Compose,
    LoadImageFromFile,
    NormalizeTensor,
    TopDownAffine,
    ToTensor,
)
from models.pipelines.declared import offer
from tests.pipelines.conftest import one_by_one
from tests.pipelines.test_lazy_image import AFFINE, AUGMENT, LAST, LOAD

NORMALIZE = {"mean": [0.485, 0.456, 0.406], "std": [0.2, 0.224, 0.225]}


class Brighter(NormalizeTensor):
    """A step of another project, which may do anything."""

    def __call__(self, sample):
        sample["img"] = sample["img"] + 1
        return sample


class Named(NormalizeTensor):
    """Another name for the same."""


@pytest.mark.parametrize("target", [{}, {"encoding": "UDP"}, {"encoding": "Megvii"}])
@pytest.mark.parametrize("weights", [False, True])
def test_batches_are_their_samples(on_disk, target, weights):
    on_disk["ann_info"]["use_different_joint_weights"] = weights
    steps = [LOAD, *AUGMENT, AFFINE, *LAST]
    steps[-2] = {"type": "TopDownGenerateTarget", **target}
    pipeline = Compose(steps)
    single, begun = [], []
    for seed in range(4):
        np.random.seed(seed)
        single.append(one_by_one(steps, on_disk))
        np.random.seed(seed)
        begun.append(pipeline.begin(on_disk))
    for made, expected in zip(pipeline.finish(begun), single, strict=True):
        for key in ("img", "target", "target_weight"):
            np.testing.assert_array_equal(made[key], expected[key], err_msg=key)


def test_steps_that_may_draw_are_not_put_off(sample):
    """A sample's seed holds until the last step that may draw has run."""

    def draw(sample):
        sample["drawn"] = np.random.rand()
        return sample

    pipeline = Compose([AFFINE, draw, LAST[0], *LAST[2:3]])
    begun = pipeline.begin(sample)
    assert "drawn" in begun and "target" not in begun and isinstance(begun["img"], np.ndarray)
    begun = Compose([AFFINE, *LAST[:3], draw]).begin(sample)
    assert "drawn" in begun and "target" in begun


def test_joint_at_fault_is_named_in_a_batch_too(sample):
    pipeline = Compose([LAST[2]])
    bad = {**sample, "joints_3d": np.full((17, 3), np.nan, np.float32)}
    bad["joints_3d"][:2] = 0
    with pytest.raises(ValueError, match="joint 2 is"):
        pipeline.finish([dict(sample), bad])


def test_name_tells_what_runs():
    assert repr(Compose([LOAD, AFFINE, *LAST[:2]])) == (
        "Compose(LoadImageFromFile, TopDownAffine, NormalizedTensor(ToTensor, NormalizeTensor))"
    )
    assert repr(Compose([ToTensor(keep_uint8=True), NormalizeTensor(**NORMALIZE)])) == (
        "Compose(ToTensor, NormalizeTensor)"
    )


def test_a_step_of_ones_own_is_asked_for_its_own_offers(sample):
    """A subclass that does something else neither merges nor waits as its parent does."""
    plain = torch.as_tensor(one_by_one([ToTensor()], sample)["img"])
    made = Compose([ToTensor(), Brighter(**NORMALIZE)])(sample)["img"]
    assert torch.equal(made, plain + 1)
    assert offer(Brighter(**NORMALIZE), "byte_table") is None
    assert offer(Named(**NORMALIZE), "byte_table") is not None
    assert offer(lambda sample: sample, "batch") is None
    assert len(Compose([ToTensor(), Named(**NORMALIZE)]).runs) == 1


def test_merging_fits_any_step_that_offers_it(sample):
    class Twice:
        def __call__(self, sample):
            sample["x"] *= 2
            return sample

        def merged_with(self, step):
            return Four() if isinstance(step, Twice) else None

    class Four:
        def __call__(self, sample):
            sample["x"] *= 4
            return sample

    pipeline = Compose([Twice(), Twice(), Twice()])
    assert [type(step) for step in pipeline.runs] == [Four, Twice]
    assert pipeline({"x": 1})["x"] == 8


@pytest.mark.parametrize("shape", [(4, 5, 3), (4, 5, 1), (4, 5, 4)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_images_of_other_kinds_go_through_both_steps(shape, dtype):
    image = np.random.default_rng(0).integers(0, 256, shape).astype(dtype)
    channels = shape[2] if shape[2] != 1 else 3
    steps = [ToTensor(), NormalizeTensor([0.5] * channels, [0.2] * channels)]
    made, expected = Compose(steps)({"img": image}), one_by_one(steps, {"img": image})
    assert torch.equal(made["img"], expected["img"])


def test_album_needs_a_step_that_asks_it(on_disk):
    with pytest.raises(ValueError, match="crop_cache"):
        Compose([TopDownAffine()], album=Album())
    album, load = Album(), LoadImageFromFile()
    Compose([load, AFFINE], album=album)(on_disk)
    assert len(album._pictures) == 1 and not load.album._pictures


def test_a_step_that_returns_nothing_is_named(sample):
    def forgetful(sample):
        sample["x"] = 1

    with pytest.raises(TypeError, match=r"forgetful returned NoneType"):
        Compose([forgetful, AFFINE])(sample)
