"""Megvii targets and their decoder."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.megvii import decode_megvii, encode_megvii


@pytest.mark.parametrize("size", ["192x256", "288x384", "256x256"])
def test_reference_targets(golden, size):
    reference = np.load(golden / "targets.npz")
    image_size = np.array([int(length) for length in size.split("x")])
    joints, visible = reference[f"joints_{size}"], reference[f"visible_{size}"]
    target, weight = encode_megvii(joints, visible, image_size, image_size // 4, (11, 11))
    np.testing.assert_array_equal(weight, reference[f"megvii_{size}_weight"])
    # float32 at a height of 255
    np.testing.assert_allclose(target, reference[f"megvii_{size}_target"], atol=5e-5)
    assert (target.dtype, weight.dtype) == (np.float32, np.float32)


def test_kernel_is_width_then_height():
    joints, visible = np.array([[96.0, 128, 0]]), np.ones((1, 3))
    (target,), _ = encode_megvii(joints, visible, (192, 256), (48, 64), kernel=(3, 9))
    rows, columns = np.nonzero(target > 1e-3)
    assert (columns.min(), columns.max()) == (23, 25)
    assert (rows.min(), rows.max()) == (28, 36)


@pytest.mark.parametrize("x", [-4.5, 192])
def test_joint_outside_has_no_weight(x):
    joints, visible = np.array([[x, 128, 0], [96, 128, 0]]), np.ones((2, 3))
    target, weight = encode_megvii(joints, visible, (192, 256), (48, 64))
    assert weight.tolist() == [[0], [1]]
    assert not target[0].any()
    assert target[1, 32, 24] == 255


def test_answer_equal_to_the_target_is_decoded_to_the_middle_of_the_cell():
    joints = np.array([[96.0, 128, 0], [50, 200, 0]])
    target, _ = encode_megvii(joints, np.ones((2, 3)), (192, 256), (48, 64))
    coords, scores = decode_megvii(target[None])
    cells = np.floor(joints[:, :2] / 4)
    np.testing.assert_allclose(coords[0], cells + 0.5, atol=0.25)
    np.testing.assert_allclose(scores, 1.5, atol=1e-6)
    assert (coords.dtype, scores.dtype) == (np.float32, np.float32)
