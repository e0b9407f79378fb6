"""Tensors, and what goes into the batch."""

import numpy as np
import pytest
import torch
from mmcv.parallel import DataContainer, collate
from torchvision.transforms import functional as reference

from models.pipelines import Collect, Compose, NormalizeTensor, ToTensor

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def test_numbers_are_torchvisions(sample):
    made = Compose([ToTensor(), NormalizeTensor(mean=MEAN, std=STD)])(sample)["img"]
    expected = reference.normalize(reference.to_tensor(sample["img"]), MEAN, STD)
    assert made.dtype == torch.float32
    assert torch.equal(made, expected)


def test_normalize_leaves_its_input_alone(sample):
    tensor = ToTensor()(sample)["img"]
    before = tensor.clone()
    NormalizeTensor(mean=MEAN, std=STD)(sample)
    assert torch.equal(tensor, before)


def test_float_image_is_not_divided(sample):
    sample["img"] = sample["img"].astype(np.float32)
    assert ToTensor()(sample)["img"].max() > 1


@pytest.mark.parametrize("std", [[0.2, 0.2], [0.2, 0.0, 0.2]])
def test_impossible_std_is_refused(std):
    with pytest.raises(ValueError, match="std"):
        NormalizeTensor(mean=MEAN, std=std)


def test_collect_keeps_what_is_asked_for(sample):
    step = Collect(keys=["img", ("bbox", "box")], meta_keys=["image_file", "flip_pairs"])
    made = step(sample)
    assert set(made) == {"img", "box", "img_metas"}
    assert isinstance(made["img_metas"], DataContainer)
    assert made["img_metas"].cpu_only
    assert made["img_metas"].data == {
        "image_file": "person.png",
        "flip_pairs": sample["ann_info"]["flip_pairs"],
        "bbox_id": 3,
    }


def test_collect_without_facts_and_another_name(sample):
    del sample["bbox_id"]
    made = Collect(keys=["img"], meta_name="facts")(sample)
    assert made["facts"].data == {}


def test_batch_of_collected_samples(sample):
    made = Compose([ToTensor(), Collect(keys=["img", "joints_3d"], meta_keys=["image_id"])])(sample)
    batch = collate([made] * 3, samples_per_gpu=3)
    assert batch["img"].shape == (3, 3, 100, 120)
    assert batch["joints_3d"].shape == (3, 17, 3)
    assert [facts["image_id"] for facts in batch["img_metas"].data[0]] == [7, 7, 7]


@pytest.mark.parametrize("where", ["keys", "meta_keys"])
def test_missing_key_names_the_step_that_makes_it(sample, where):
    with pytest.raises(KeyError, match=r"'target_weight'.*TopDownGenerateTarget"):
        Collect(**{"keys": ["img"], where: ["target_weight"]})(sample)


def test_bytes_stay_bytes(sample):
    made = ToTensor(keep_uint8=True)(dict(sample))["img"]
    assert made.dtype == torch.uint8
    np.testing.assert_array_equal(made, sample["img"].transpose(2, 0, 1))
    with pytest.raises(ValueError, match="keep_uint8"):
        ToTensor(keep_uint8=True)({"img": sample["img"].astype(np.float32)})


def test_bytes_are_not_normalised_by_mistake(sample):
    steps = Compose([ToTensor(keep_uint8=True), NormalizeTensor(mean=MEAN, std=STD)])
    with pytest.raises(ValueError, match=r"model\.img_norm_cfg"):
        steps(sample)
