"""UDP targets and their decoder."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.udp import decode_udp, encode_udp


@pytest.mark.parametrize(("size", "sigma"), [("192x256", 2), ("288x384", 3), ("256x256", 2)])
def test_reference_targets(golden, size, sigma):
    reference = np.load(golden / "targets.npz")
    image_size = np.array([int(length) for length in size.split("x")])
    joints, visible = reference[f"joints_{size}"], reference[f"visible_{size}"]
    target, weight = encode_udp(joints, visible, image_size, image_size // 4, sigma)
    np.testing.assert_array_equal(weight, reference[f"udp_{size}_weight"])
    np.testing.assert_allclose(target, reference[f"udp_{size}_target"], atol=1e-6)
    assert (target.dtype, weight.dtype) == (np.float32, np.float32)


def test_decoding_finds_the_encoded_joints():
    joints = np.random.default_rng(0).uniform((40, 40, 0), (150, 210, 1), (20, 3))
    target, _ = encode_udp(joints, np.ones((20, 3)), (192, 256), (48, 64), 2)
    coords, scores = decode_udp(target[None])
    expected = joints[:, :2] * (np.array([47, 63]) / np.array([191, 255]))
    # The cut at 3 sigma leans the blurred bell by up to 0.01 of a cell.
    np.testing.assert_allclose(coords[0], expected, atol=0.02)
    assert np.abs(coords[0] - np.round(coords[0])).max() > 0.4
    np.testing.assert_array_equal(scores[0, :, 0], target.max(axis=(1, 2)))


def test_nothing_found_stays_nothing():
    heatmaps = np.random.default_rng(0).random((2, 3, 64, 48))
    heatmaps[:, 1] = [np.zeros((64, 48)), np.full((64, 48), -1.0)]
    coords, scores = decode_udp(heatmaps)
    np.testing.assert_array_equal(coords[:, 1], -1)
    np.testing.assert_array_equal(scores[:, 1, 0], [0, -1])


def test_plateau_stays_where_it_is():
    coords, _ = decode_udp(np.ones((1, 1, 64, 48)))
    np.testing.assert_allclose(coords, [[[0, 0]]], atol=1e-3)
