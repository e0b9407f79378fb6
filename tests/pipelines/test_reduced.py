"""Pictures decoded at a part of their size: same place, nearly the same crop."""

import cv2
import numpy as np
import pytest

from models.pipelines import Compose
from models.pipelines.picture import Picture
from models.pipelines.reduced import from_reduced, reduced_size, reduction_for
from models.runtime.jpeg import jpeg_size


@pytest.fixture(params=[(1601, 1203), (1600, 1200), (1607, 1209)], ids=str)
def smooth(tmp_path, request):
    """A JPEG of waves 200 pixels long; (path, (w, h))."""
    width, height = request.param
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    waves = [np.sin(x / 32), np.sin(y / 32), np.sin((x + y) / 45)]
    image = (128 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
    path = str(tmp_path / "smooth.jpg")
    cv2.imwrite(path, image, [cv2.IMWRITE_JPEG_QUALITY, 98])
    return path, request.param


@pytest.mark.parametrize("reduction", [1, 2, 4, 8])
def test_size_is_known_before_decoding(smooth, reduction):
    path, size = smooth
    picture = Picture(path)
    assert picture.size == size
    assert picture.array(reduction).shape[1::-1] == reduced_size(size, reduction)


@pytest.mark.parametrize("zoom", [0.45, 0.24, 0.12])
@pytest.mark.parametrize("flip", [0, 1])
@pytest.mark.parametrize("rotation", [0, 33])
def test_crop_stays_in_place(sample, smooth, zoom, flip, rotation):
    """Where the waves are steepest, half a reduced pixel is 3 to 12 grey levels."""
    path, (width, height) = smooth
    side = 96 / zoom / 200
    sample.update(image_file=path, rotation=rotation, scale=np.float32([side, side * 4 / 3]))
    sample["center"] = np.float32([width / 2, height / 2])
    steps = [{"type": "TopDownRandomFlip", "flip_prob": flip}, {"type": "TopDownAffine"}]
    full, reduced = (
        Compose([{"type": "LoadImageFromFile", "reduced": r}, *steps])(sample)["img"].astype(int)
        for r in (False, True)
    )
    inside = np.s_[32:-32, 24:-24]  # the border of the picture is blended with black
    assert 0 < np.abs(full - reduced)[inside].mean() < 1
    assert np.abs((full - reduced)[inside].mean(axis=(0, 1))).max() < 0.7


@pytest.mark.parametrize(
    ("zoom", "reduction"), [(1, 1), (0.51, 1), (0.5, 2), (0.26, 2), (0.25, 4), (0.125, 8), (0.1, 8)]
)
def test_no_pixel_of_the_crop_is_invented(zoom, reduction):
    turned = zoom * np.array([[0.6, -0.8, 3], [0.8, 0.6, 4]])
    assert reduction_for(turned) == reduction
    stretched = np.array([[zoom, 0, 0], [0, zoom / 2, 0]])  # UDP: each axis its own
    assert reduction_for(stretched) == reduction


def test_matrix_of_the_reduced_picture():
    """Pixel 3 of a quarter is the middle of 12 … 15; mirrored, of 10 columns it is 8 … 11."""
    matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(from_reduced(matrix, 4, 16, False) @ (3, 3, 1), [13.5, 13.5])
    # 10 columns fill up to 12; mirrored, the two that are not there are −2 and −1
    np.testing.assert_array_equal(from_reduced(matrix, 4, 10, True) @ (0, 0, 1), [-0.5, 1.5])


def test_other_formats_are_decoded_whole(sample, tmp_path):
    image = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    sample["image_file"] = str(tmp_path / "noise.png")
    cv2.imwrite(sample["image_file"], image)
    assert jpeg_size((tmp_path / "noise.png").read_bytes()) is None
    sample["scale"] = np.float32([3, 4])
    full, reduced = (
        Compose([{"type": "LoadImageFromFile", "reduced": r}, {"type": "TopDownAffine"}])(sample)
        for r in (False, True)
    )
    np.testing.assert_array_equal(full["img"], reduced["img"])
