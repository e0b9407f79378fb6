"""Heatmaps lie over the places of the picture that they are about."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs import build_codec
from models.structures import crop_matrix, transform_points, udp_matrix
from models.visualization import overlay_heatmaps

CENTER, SCALE = np.array([120.0, 90.0]), np.array([0.6, 0.8])


@pytest.fixture
def heatmaps():
    heatmaps = np.zeros((3, 64, 48), np.float32)
    heatmaps[0, 20, 10], heatmaps[1, 50, 40] = 1, 0.5
    return heatmaps


def hottest(drawn: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Middle (x, y) of what was changed."""
    change = np.abs(drawn.astype(float) - image).sum(axis=2)
    rows, columns = np.indices(change.shape)
    return np.array([(change * columns).sum(), (change * rows).sum()]) / change.sum()


@pytest.mark.parametrize("background", [0, 255])
def test_peaks_lie_where_joints_are_decoded(heatmaps, background):
    image = np.full((200, 260, 3), background, np.uint8)
    codec = build_codec({"type": "MSRAHeatmap", "refine": "none"})
    points, _ = codec.decode(heatmaps[None], CENTER[None], SCALE[None])
    for joint in (0, 1):
        drawn = overlay_heatmaps(image, heatmaps, CENTER, SCALE, joint=joint)
        np.testing.assert_allclose(hottest(drawn, image), points[0, joint], atol=0.6)
    assert (image == background).all()


@pytest.mark.parametrize("rotation", [0, 30])
def test_turned_crops_and_udp(heatmaps, rotation):
    image = np.zeros((200, 260, 3), np.uint8)
    for use_udp, matrix_of in ((False, crop_matrix), (True, udp_matrix)):
        drawn = overlay_heatmaps(
            image, heatmaps, CENTER, SCALE, joint=0, rotation=rotation, use_udp=use_udp
        )
        matrix = matrix_of(CENTER, SCALE, rotation, (48, 64))
        np.testing.assert_allclose(
            transform_points(hottest(drawn, image), matrix), (10, 20), atol=0.4
        )


def test_all_joints_and_several_people(heatmaps):
    image = np.full((200, 260, 3), 128, np.uint8)
    one, other = (
        overlay_heatmaps(image, heatmaps, CENTER, SCALE, joint=joint, peak=1.0) != image
        for joint in (0, 1)
    )
    both = overlay_heatmaps(image, heatmaps, CENTER, SCALE) != image
    assert (both == (one | other)).all()
    pair = overlay_heatmaps(
        image, np.stack([heatmaps] * 2), [CENTER, CENTER + 40], [SCALE, SCALE], joint=0
    )
    changed = (pair != image).any(axis=2)
    x, y = 120 - 60 + 10 * 2.5, 90 - 80 + 20 * 2.5
    assert changed[round(y), round(x)] and changed[round(y) + 40, round(x) + 40]


def test_where_nothing_is_the_picture_stays(heatmaps):
    image = np.random.default_rng(0).integers(0, 256, (200, 260, 3), dtype=np.uint8)
    assert (overlay_heatmaps(image, heatmaps, CENTER, SCALE, joint=2) == image).all()
    assert (overlay_heatmaps(image, heatmaps, CENTER + 900, SCALE) == image).all()
    assert (overlay_heatmaps(image, heatmaps, CENTER, SCALE, opacity=0) == image).all()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joint": 3}, r"there is no joint 3; there are 0 … 2"),
        ({"joint": -1}, "no joint -1"),
        ({"opacity": 2}, r"opacity 2 must lie in 0 … 1"),
        ({"peak": 0}, "peak 0 above 0"),
        ({"colormap": "jet"}, "'jet' is unknown; use one of inferno, "),
        ({"center": np.zeros((2, 2))}, r"centers \(2, 2\) .* must be \(N, K, h, w\)"),
    ],
)
def test_wrong_arguments(heatmaps, changes, message):
    arguments = {"center": CENTER, "scale": SCALE, **changes}
    with pytest.raises(ValueError, match=message):
        overlay_heatmaps(np.zeros((9, 9, 3), np.uint8), heatmaps, **arguments)
