"""Answers to mirrored pictures, turned back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.codecs.flip import flip_back
from models.structures.coco import COCO_17

PAIRS = ((1, 2),)
MIRRORED = np.array([[[1, 2, 3, 4]], [[5, 6, 7, 8]], [[9, 10, 11, 12]]], dtype=np.float32)[None]
BACK = [[[4, 3, 2, 1]], [[12, 11, 10, 9]], [[8, 7, 6, 5]]]
SHIFTED = [[[4, 4, 3, 2]], [[12, 12, 11, 10]], [[8, 8, 7, 6]]]


@pytest.mark.parametrize("as_type", [np.array, torch.tensor])
@pytest.mark.parametrize(("shift", "expected"), [(False, BACK), (True, SHIFTED)])
def test_by_hand(as_type, shift, expected):
    mirrored = as_type(MIRRORED)
    back = flip_back(mirrored, PAIRS, shift=shift)
    assert type(back) is type(mirrored)
    assert back.dtype == mirrored.dtype
    assert back[0].tolist() == expected
    assert mirrored.tolist() == MIRRORED.tolist()


def test_twice_is_the_identity():
    heatmaps = torch.rand(2, 17, 8, 6)
    assert torch.equal(
        flip_back(flip_back(heatmaps, COCO_17.flip_pairs), COCO_17.flip_pairs), heatmaps
    )


@pytest.mark.parametrize("shift", [False, True])
def test_reference(shared_golden, shift):
    reference = np.load(shared_golden / "decode.npz")
    back = flip_back(reference["heatmaps"][:2], COCO_17.flip_pairs, shift=shift)
    np.testing.assert_array_equal(back, reference["flip_back_shifted" if shift else "flip_back"])


def test_pairs_of_another_data_set_are_refused():
    with pytest.raises(ValueError, match=r"pair \(15, 16\) .* 16 joints"):
        flip_back(np.zeros((1, 16, 4, 4)), COCO_17.flip_pairs)


def test_one_instance_without_a_batch_is_refused():
    with pytest.raises(ValueError, match=r"\(17, 4, 4\)"):
        flip_back(torch.zeros(17, 4, 4), COCO_17.flip_pairs)
