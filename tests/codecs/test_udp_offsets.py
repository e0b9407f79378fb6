"""UDP with offset maps: discs, the way to the keypoint, and how both are read; as mmpose 0.29."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.codecs import build_codec
from models.codecs.udp_offsets import decode_combined, encode_combined, flip_back_combined

CODEC = build_codec({"type": "UDPHeatmap", "heatmap_type": "combined"})


@pytest.fixture(scope="module")
def reference(golden):
    return np.load(golden / "combined_target.npz")


@pytest.mark.parametrize("size", ["192x256", "288x384", "256x256"])
def test_reference_targets(reference, size):
    """To the bit."""
    image_size = np.array([int(length) for length in size.split("x")])
    joints, visible = reference[f"joints_{size}"], reference[f"visible_{size}"]
    target, weight = CODEC.encode(joints, visible, image_size, image_size // 4)
    np.testing.assert_array_equal(target, reference[f"target_{size}"])
    np.testing.assert_array_equal(weight, reference[f"weight_{size}"])
    assert (target.dtype, weight.dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(("size", "stride"), [("64x64", 1), ("192x256", 4)])
def test_reference_targets_with_pixels_on_the_edge(reference, size, stride):
    """The last bit of the stride's division decides whether they are on the disc."""
    image_size = np.array([int(length) for length in size.split("x")])
    joints = reference[f"joints_edge_{size}"]
    target, _ = CODEC.encode(joints, np.ones(joints.shape), image_size, image_size // stride)
    np.testing.assert_array_equal(target, reference[f"target_edge_{size}"])


def test_reference_targets_of_another_radius(reference):
    codec = build_codec({"type": "UDPHeatmap", "heatmap_type": "combined", "radius_factor": 0.1})
    joints, visible = reference["joints_192x256"], reference["visible_192x256"]
    target, _ = codec.encode(joints, visible, (192, 256), (48, 64))
    np.testing.assert_array_equal(target, reference["target_wide_192x256"])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_reference_points(reference, dtype):
    heatmaps = reference["heatmaps"].astype(dtype)
    points, scores = CODEC.decode(heatmaps, reference["center"], reference["scale"])
    check(reference, dtype, points, scores)
    assert (points.dtype, scores.dtype) == (np.float32, np.dtype(dtype))


def test_reference_points_of_another_blur(reference):
    cfg = {"type": "UDPHeatmap", "heatmap_type": "combined", "radius_factor": 0.1}
    heatmaps = reference["heatmaps"].astype("float32")
    codec = build_codec({**cfg, "blur_kernel": 5})
    check(
        reference,
        "kernel_5",
        *codec.decode(heatmaps, reference["center"], reference["scale"]),
    )


def check(reference, name, points, scores):
    np.testing.assert_allclose(scores, reference[f"maxvals_{name}"], rtol=1e-6)
    # Where nothing was found, the reference depends on the joint before (see udp_offsets.py).
    pixel = reference["scale"] * 200 / (np.array([24, 32]) - 1)
    nothing = reference["center"] - reference["scale"] * 100 - pixel
    found = scores > 0
    assert found.any() and not found.all()
    expected = np.where(found, reference[f"preds_{name}"], nothing[:, None])
    np.testing.assert_allclose(points, expected, atol=1e-4)  # float32 in an image of 500 pixels


@pytest.mark.parametrize("as_type", [np.asarray, torch.from_numpy])
@pytest.mark.parametrize("shift", [False, True])
def test_reference_of_mirrored_maps(reference, as_type, shift):
    heatmaps = reference["heatmaps"][:1].astype(np.float32)
    given = as_type(heatmaps.copy())
    back = CODEC.flip_back(given, reference["flip_pairs"].tolist(), shift)
    assert type(back) is type(given)
    expected = reference["flip_back"].astype(np.float32)
    if shift:
        expected[..., 1:] = expected[..., :-1].copy()
    np.testing.assert_array_equal(np.asarray(back), expected)
    np.testing.assert_array_equal(np.asarray(given), heatmaps)


def test_by_hand():
    """A keypoint 1 px to the right of a pixel and 0.5 px below: its offset there, in radii."""
    joints = np.array([[11.0, 20.5, 0]])
    target, _ = encode_combined(joints, np.ones((1, 3)), (33, 65), (33, 65), 2 / 65)
    disc, right, below = target
    assert disc[20, 10] == disc[21, 11] == 1 and disc[20, 8] == disc[23, 11] == 0
    assert (right[20, 10], below[20, 10]) == (0.5, 0.25)
    assert np.count_nonzero(disc) == np.count_nonzero(below) == 12
    points, _ = decode_combined(target[None].astype(np.float64), 2 / 65, kernel=1)
    np.testing.assert_allclose(points, [[[11, 20.5]]], atol=1e-6)


def test_mirrored_targets_are_targets_of_the_mirrored_person():
    joints = np.random.default_rng(0).uniform((10, 10, 0), (180, 240, 1), (4, 3))
    mirrored = joints[[1, 0, 2, 3]] * [-1, 1, 1] + [191, 0, 0]
    target, other = (
        CODEC.encode(points, np.ones((4, 3)), (192, 256), (48, 64))[0]
        for points in (joints, mirrored)
    )
    np.testing.assert_allclose(flip_back_combined(other[None], [(0, 1)])[0], target, atol=1e-6)


@pytest.mark.parametrize(("kernel", "within"), [(3, 1e-3), (11, 1.1)])
def test_decoding_finds_the_encoded_keypoints(kernel, within):
    """Exactly, in pixels of the crop, where the blur stays inside of a disc."""
    codec = build_codec({**CODEC.to_config(), "blur_kernel": kernel})
    joints = np.random.default_rng(0).uniform((30, 30, 0), (160, 220, 1), (20, 3))
    target, _ = codec.encode(joints, np.ones((20, 3)), (192, 256), (48, 64))
    points, _ = codec.decode(target[None], [[95.5, 127.5]], [[191 / 200, 255 / 200]])
    np.testing.assert_allclose(points[0], joints[:, :2], atol=within)


def test_three_maps_a_keypoint():
    assert CODEC.channels(17) == 51
    maps = np.arange(6).reshape(1, 6, 1, 1)
    assert CODEC.keypoint_maps(maps).ravel().tolist() == [0, 3]
    for call in (lambda m: CODEC.decode(m, [[0, 0]], [[1, 1]]), lambda m: CODEC.flip_back(m, [])):
        with pytest.raises(ValueError, match="out_channels must fit its codec"):
            call(np.ones((1, 17, 8, 6), np.float32))


def test_no_people():
    points, scores = CODEC.decode(
        np.ones((0, 6, 8, 6), np.float32), np.ones((0, 2)), np.ones((0, 2))
    )
    assert (points.shape, scores.shape) == ((0, 2, 2), (0, 2, 1))
