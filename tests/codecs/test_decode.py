"""Heatmaps to joints in the image, by every scheme."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs import build_codec, encode_msra

SCHEMES = {
    "none": {"type": "MSRAHeatmap", "refine": "none"},
    "default": {"type": "MSRAHeatmap"},
    "dark": {"type": "MSRAHeatmap", "refine": "dark"},
    "megvii": {"type": "MegviiHeatmap"},
    "udp": {"type": "UDPHeatmap"},
}
DEFAULT = build_codec(SCHEMES["default"])


def check(reference, scheme):
    heatmaps, center, scale = (reference[name] for name in ("heatmaps", "center", "scale"))
    points, scores = build_codec(SCHEMES[scheme]).decode(heatmaps, center, scale)
    expected = reference[f"{scheme}_preds"]
    if scheme == "udp":
        # Where nothing was found, the reference depends on the joint before (see udp.py).
        nothing = scores[..., 0] <= 0
        upper_left = center - scale * 100
        cell = scale * 200 / (np.array(heatmaps.shape[:1:-1]) - 1)
        expected = np.where(nothing[..., None], (upper_left - cell)[:, None], expected)
    assert np.isfinite(points).all()
    # float32 in an image of up to 1000 pixels
    np.testing.assert_allclose(points, expected, atol=1e-4)
    # The reference scores a map of zeros NaN where it divides by its maximum.
    expected_scores = np.nan_to_num(reference[f"{scheme}_maxvals"], nan=0.5)
    np.testing.assert_allclose(scores, expected_scores, atol=1e-6)
    assert (points.dtype, scores.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_reference_points(golden, scheme):
    check(np.load(golden / "decode.npz"), scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_reference_points(shared_golden, scheme):
    check(np.load(shared_golden / "decode.npz"), scheme)


def test_a_lit_cell_is_found_in_the_image():
    heatmaps = np.zeros((1, 1, 64, 48))
    heatmaps[0, 0, 40, 12] = 0.7
    points, scores = DEFAULT.decode(heatmaps, [[100, 150]], [[0.48, 0.64]])
    np.testing.assert_allclose(points[0, 0], (52 + 12 * 2, 86 + 40 * 2), atol=1e-4)
    assert scores.tolist() == [[[0.7]]]


def test_default_comes_within_half_a_cell_of_the_joint():
    joints = np.random.default_rng(0).uniform((20, 20, 0), (170, 230, 1), (17, 3))
    target, _ = encode_msra(joints, np.ones((17, 3)), (192, 256), (48, 64), 2)
    points, _ = DEFAULT.decode(target[None], [[96, 128]], [[0.96, 1.28]])  # the image is the crop
    assert np.abs(points[0] - joints[:, :2]).max() <= 2 + 1e-4


def test_kernel_matters_where_there_is_a_blur():
    heatmaps = np.random.default_rng(0).random((1, 4, 64, 48))
    crop = (np.array([[96, 128]]), np.array([[0.96, 1.28]]))
    for scheme, cfg in SCHEMES.items():
        one, _ = build_codec({**cfg, "blur_kernel": 3}).decode(heatmaps, *crop)
        other, _ = build_codec({**cfg, "blur_kernel": 11}).decode(heatmaps, *crop)
        assert np.array_equal(one, other) == (scheme in ("none", "default"))


def test_number_of_crops_is_checked():
    with pytest.raises(ValueError, match=r"center has shape \(1, 2\)"):
        DEFAULT.decode(np.ones((2, 1, 64, 48)), np.zeros((1, 2)), np.ones((1, 2)))
