"""MSRA targets and the quarter-cell shift."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.msra import encode_msra, refine_quarter_pixel
from models.codecs.peaks import heatmap_peaks


def encode_one(x, y, shown=1, **options):
    target, weight = encode_msra(
        np.array([[x, y, 0.0]]), np.array([[shown, shown, 0.0]]), (192, 256), (48, 64), 2, **options
    )
    return target[0], weight[0, 0]


@pytest.mark.parametrize(("size", "sigma"), [("192x256", 2), ("288x384", 3), ("256x256", 2)])
@pytest.mark.parametrize("unbiased", [False, True])
def test_reference_targets(golden, size, sigma, unbiased):
    reference = np.load(golden / "targets.npz")
    name = f"msra_unbiased_{size}" if unbiased else f"msra_{size}"
    image_size = np.array([int(length) for length in size.split("x")])
    joints, visible = reference[f"joints_{size}"], reference[f"visible_{size}"]
    target, weight = encode_msra(joints, visible, image_size, image_size // 4, sigma, unbiased)
    np.testing.assert_array_equal(weight, reference[f"{name}_weight"])
    np.testing.assert_allclose(target, reference[f"{name}_target"], atol=1e-6)
    assert (target.dtype, weight.dtype) == (np.float32, np.float32)


def test_peak_is_at_the_nearest_cell():
    target, weight = encode_one(41, 82)  # (10.25, 20.5) cells
    assert weight == 1
    assert target[21, 10] == target.max() == 1
    assert np.count_nonzero(target) == 13**2


def test_unbiased_peak_is_between_the_cells():
    target, _ = encode_one(42, 80, unbiased=True)  # (10.5, 20) cells
    assert target[20, 10] == target[20, 11] == pytest.approx(np.exp(-(0.5**2) / 8))


@pytest.mark.parametrize("unbiased", [False, True])
def test_weight_is_lost_only_with_the_whole_square(unbiased):
    target, weight = encode_one(-20, 128, unbiased=unbiased)  # 5 cells to the left
    assert weight == 1
    assert target.any()
    target, weight = encode_one(-40, 128, unbiased=unbiased)  # 10 cells to the left
    assert weight == 0
    assert not target.any()


def test_invisible_joint_has_no_target():
    target, weight = encode_one(96, 128, shown=0)
    assert weight == 0
    assert not target.any()


@pytest.mark.parametrize("shape", [(17,), (16, 3)])
def test_visibility_must_fit_the_joints(shape):
    with pytest.raises(ValueError, match="17 joints"):
        encode_msra(np.ones((17, 3)), np.ones(shape), (192, 256), (48, 64), 2)


def test_quarter_cell_by_hand():
    heatmap = np.zeros((1, 4, 6, 6))
    heatmap[0, 0, 2, 2] = 1  # neighbours equal in x, higher below
    heatmap[0, 0, 3, 2] = 0.5
    heatmap[0, 1, 3, 4] = 1  # higher to the left, higher above
    heatmap[0, 1, 3, 3] = heatmap[0, 1, 2, 4] = 0.5
    heatmap[0, 2, 1, 3] = 1  # too near to the upper border
    heatmap[0, 2, 1, 4] = 0.5
    coords, _ = heatmap_peaks(heatmap)  # and a joint without a peak
    refined = refine_quarter_pixel(coords, heatmap)
    assert refined.tolist() == [[[2, 2.25], [3.75, 2.75], [3, 1], [-1, -1]]]
    assert refined.dtype == np.float32
