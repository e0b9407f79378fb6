"""Joints from the crop to the heatmap, and from there to the image."""

from __future__ import annotations

import numpy as np
import pytest

from models.codecs.frames import crop_to_heatmap, heatmap_to_image
from models.structures.affine import crop_matrix, transform_points, udp_matrix

CENTER, SCALE = np.array([100.0, 150.0]), np.array([0.48, 0.64])


def test_crop_to_heatmap_divides_by_the_stride():
    got = crop_to_heatmap([[40, 80, 9], [0, 0, 9]], (192, 256), (48, 32))
    np.testing.assert_array_equal(got, [[10, 10], [0, 0]])


def test_udp_maps_the_last_pixel_to_the_last_cell():
    got = crop_to_heatmap([[191, 255, 0]], (192, 256), (48, 64), use_udp=True)
    np.testing.assert_allclose(got, [[47, 63]])


@pytest.mark.parametrize(
    ("use_udp", "matrix"), [(False, crop_matrix), (True, udp_matrix)], ids=["plain", "udp"]
)
def test_heatmap_to_image_is_the_way_back(use_udp, matrix):
    points = np.array([[80.0, 120.0], [100, 150], [130, 200]])
    in_crop = transform_points(points, matrix(CENTER, SCALE, 0, (192, 256)))
    on_heatmap = crop_to_heatmap(in_crop, (192, 256), (48, 64), use_udp=use_udp)
    back = heatmap_to_image(on_heatmap, CENTER, SCALE, (48, 64), use_udp=use_udp)
    np.testing.assert_allclose(back, points, atol=1e-4)
    assert back.dtype == np.float32


def test_each_instance_has_its_own_crop():
    coords = np.zeros((2, 3, 2))
    got = heatmap_to_image(coords, [[100, 150], [10, 20]], [[0.5, 1], [0.1, 0.1]], (48, 64))
    np.testing.assert_allclose(got[:, 1], [[50, 50], [0, 10]], atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (([[1, 2, 0, 0]], (192, 256), (48, 64)), r"\(1, 4\)"),
        (([[1, 2, 0], [1, np.nan, 0]], (192, 256), (48, 64)), "joint 1"),
        (([[1, 2, 0]], (0, 256), (48, 64)), "image_size"),
        (([[1, 2, 0]], (192, 256), 48), "heatmap_size"),
        (([[1, 2, 0]], (192, 256), (48, 1), True), "above 1 for UDP"),
    ],
)
def test_crop_to_heatmap_names_what_is_wrong(arguments, named):
    with pytest.raises(ValueError, match=named):
        crop_to_heatmap(*arguments)


def test_heatmap_to_image_names_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"center has shape \(1, 2\)"):
        heatmap_to_image(np.zeros((2, 3, 2)), np.zeros((1, 2)), np.ones((2, 2)), (48, 64))
    with pytest.raises(ValueError, match=r"scale has shape \(2,\)"):
        heatmap_to_image(np.zeros((2, 3, 2)), np.zeros((2, 2)), np.ones(2), (48, 64))
