"""The matrix from the image to the crop, and back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.structures.affine import (
    crop_matrix,
    inverse_crop_matrix,
    transform_points,
    udp_matrix,
)

CENTER, SCALE, SIZE = (100.0, 150.0), (0.48, 0.64), (192, 256)  # a crop of 96×128, doubled


def test_reference_matrices(golden):
    for case in json.loads((golden / "affine.json").read_text()):
        crop = (case["center"], case["scale"], case["rotation"], case["size"])
        # The reference's inputs are rounded to nine decimals.
        np.testing.assert_allclose(crop_matrix(*crop), case["matrix"], atol=5e-6)
        np.testing.assert_allclose(inverse_crop_matrix(*crop), case["inverse"], atol=5e-6)


@pytest.mark.parametrize(
    ("rotation", "point", "lands_on"),
    [
        (0, (100, 150), (96, 128)),  # the center
        (0, (52, 86), (0, 0)),  # the upper left corner
        (0, (110, 150), (116, 128)),
        (90, (110, 150), (96, 108)),  # what was to the right is now up
        (90, (100, 160), (116, 128)),  # what was below is now to the right
    ],
)
def test_crop_by_hand(rotation, point, lands_on):
    matrix = crop_matrix(CENTER, SCALE, rotation, SIZE)
    np.testing.assert_allclose(transform_points(point, matrix), lands_on, atol=1e-4)


def test_only_the_width_of_the_scale_counts():
    np.testing.assert_array_equal(
        crop_matrix(CENTER, SCALE, 30, SIZE), crop_matrix(CENTER, (SCALE[0], 9), 30, SIZE)
    )


def test_inverse_undoes_the_crop():
    points = np.random.default_rng(0).uniform(0, 300, (5, 7, 2))
    there = transform_points(points, crop_matrix(CENTER, SCALE, 33, SIZE))
    back = transform_points(there, inverse_crop_matrix(CENTER, SCALE, 33, SIZE))
    assert back.shape == (5, 7, 2)
    np.testing.assert_allclose(back, points, atol=1e-3)


def test_udp_puts_the_outer_pixel_middles_on_the_crop_edges():
    matrix = udp_matrix(CENTER, SCALE, 0, SIZE)
    corners = transform_points([(52, 86), (148, 214), (100, 150)], matrix)
    np.testing.assert_allclose(corners, [(0, 0), (191, 255), (95.5, 127.5)], atol=1e-9)


def test_udp_rotates_against_the_crop():
    # As published: a quarter turn brings what was to the right down, `crop_matrix` brings it up.
    x, y = transform_points((110, 150), udp_matrix(CENTER, SCALE, 90, SIZE))
    np.testing.assert_allclose((x, y), (95.5, 127.5 + 10 * 255 / 128), atol=1e-9)


def test_udp_crop_of_a_mirrored_image_is_the_mirrored_crop():
    point, image_width = np.array([110.0, 140.0]), 640
    crop = transform_points(point, udp_matrix(CENTER, SCALE, 0, SIZE))
    mirrored_center = (image_width - 1 - CENTER[0], CENTER[1])
    mirrored_point = (image_width - 1 - point[0], point[1])
    mirrored = transform_points(mirrored_point, udp_matrix(mirrored_center, SCALE, 0, SIZE))
    np.testing.assert_allclose(mirrored, (SIZE[0] - 1 - crop[0], crop[1]), atol=1e-9)


@pytest.mark.parametrize("matrix", [crop_matrix, inverse_crop_matrix, udp_matrix])
@pytest.mark.parametrize(
    ("center", "scale", "size", "named"),
    [
        ((1, 2, 3), SCALE, SIZE, "center"),
        ((1, np.inf), SCALE, SIZE, "center"),
        (CENTER, (0, 1), SIZE, "above 0"),
        (CENTER, SCALE, (0, 256), "above 0"),
        (CENTER, SCALE, 192, "output size"),
    ],
)
def test_senseless_crops_are_named(matrix, center, scale, size, named):
    with pytest.raises(ValueError, match=named):
        matrix(center, scale, 0, size)


def test_udp_needs_two_pixels():
    with pytest.raises(ValueError, match="above 1"):
        udp_matrix(CENTER, SCALE, 0, (1, 256))
