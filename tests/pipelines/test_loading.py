"""Pictures of all kinds become RGB; damaged ones become errors that name the file."""

import cv2
import numpy as np
import pytest

from models.pipelines import LoadImageFromFile, read_image
from models.runtime.jpeg import is_cut_short


@pytest.fixture
def colors() -> np.ndarray:
    """(40, 60, 3) BGR: a red, a green and a blue third, noisy so that files have some length."""
    image = np.zeros((40, 60, 3), np.uint8)
    image[:, :20, 2] = image[:, 20:40, 1] = image[:, 40:, 0] = 200
    return image + np.random.default_rng(0).integers(0, 20, image.shape, dtype=np.uint8)


@pytest.fixture
def jpeg(tmp_path, colors):
    path = tmp_path / "colors.jpg"
    cv2.imwrite(str(path), colors)
    return path


def test_channels_are_red_green_blue(tmp_path, colors):
    path = str(tmp_path / "colors.png")
    cv2.imwrite(path, colors)
    np.testing.assert_array_equal(read_image(path), colors[..., ::-1])
    np.testing.assert_array_equal(read_image(path, "bgr"), colors)


@pytest.mark.parametrize(
    "stored",
    [
        np.full((4, 5), 77, np.uint8),
        np.full((4, 5, 3), 77 * 256, np.uint16),
        np.full((4, 5, 4), 77, np.uint8),
    ],
    ids=["grey", "16 bits", "alpha"],
)
def test_other_pixel_formats_become_8_bit_color(tmp_path, stored):
    path = str(tmp_path / "odd.png")
    cv2.imwrite(path, stored)
    image = read_image(path)
    assert (image.shape, image.dtype) == ((4, 5, 3), np.uint8)
    np.testing.assert_array_equal(image, 77)


def test_orientation_tag_is_not_obeyed(jpeg):
    """Annotations count the pixels as stored: 40 rows, 60 columns, whatever the tag says."""
    tag = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"  # 6: turn by 90°
    segment = b"Exif\0\0" + tag
    data = jpeg.read_bytes()
    jpeg.write_bytes(
        data[:2] + b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment + data[2:]
    )
    assert cv2.imread(str(jpeg), cv2.IMREAD_COLOR).shape == (60, 40, 3)
    assert read_image(str(jpeg)).shape == (40, 60, 3)


def test_step_reads_the_sample_and_converts_to_float(jpeg):
    made = LoadImageFromFile(to_float32=True)({"image_file": str(jpeg)})
    assert made["img"].dtype == np.float32
    assert made["img"].max() > 100


def test_missing_file_names_file_and_cure(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jpg does not exist; check img_prefix"):
        read_image(str(tmp_path / "nowhere.jpg"))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_cut_file_is_an_error(tmp_path, colors, suffix, kept):
    path = tmp_path / f"cut{suffix}"
    cv2.imwrite(str(path), colors)
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(ValueError, match=rf"cut\{suffix} is cut short"):
        read_image(str(path))


@pytest.mark.parametrize("content", [b"", b"<html>404 not found</html>"])
def test_what_is_no_picture_is_an_error(tmp_path, content):
    path = tmp_path / "page.jpg"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"page\.jpg .*fetch it anew"):
        read_image(str(path))


def test_bytes_behind_the_end_are_no_damage(jpeg):
    whole = read_image(str(jpeg))
    jpeg.write_bytes(jpeg.read_bytes() + b"\0trailer\xff\xda of a phone\0")
    np.testing.assert_array_equal(read_image(str(jpeg)), whole)


def test_end_of_a_preview_is_not_the_end_of_the_picture(jpeg):
    data = jpeg.read_bytes()
    preview = b"\xff\xe1" + (len(data) + 2).to_bytes(2, "big") + data
    assert not is_cut_short(data[:2] + preview + data[2:])
    assert is_cut_short(data[:2] + preview + data[2:-9])


@pytest.mark.parametrize("argument", [{"color_type": "grayscale"}, {"channel_order": "rbg"}])
def test_unknown_arguments_are_refused(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        LoadImageFromFile(**argument)
