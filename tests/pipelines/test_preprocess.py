"""Box → crop → array in one, as the steps of a data set do it."""

import subprocess
import sys

import numpy as np
import pytest

from models.pipelines import Compose, Preprocessor
from models.pipelines.preprocess import described_steps, normalization_table
from models.structures import box_to_center_scale

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
TAIL = [{"type": "ToTensor"}, {"type": "NormalizeTensor", "mean": MEAN, "std": STD}]


@pytest.fixture
def image():
    return np.random.default_rng(3).integers(0, 256, (100, 120, 3), dtype=np.uint8)


@pytest.mark.parametrize("order", ["rgb", "bgr"])
@pytest.mark.parametrize("udp", [False, True])
@pytest.mark.parametrize("padding", [1.25, 1.1])
def test_bits_are_those_of_the_steps(sample, image, order, udp, padding):
    steps = [
        {"type": "LoadImageFromFile", "channel_order": order},
        {"type": "TopDownGetBboxCenterScale", "padding": padding},
        {"type": "TopDownAffine", "use_udp": udp},
        *TAIL,
    ]
    pipeline = Compose(steps)
    words, silent = described_steps(pipeline.steps)
    assert not silent and words.pop("divisor") == 255
    preprocess = Preprocessor((96, 128), **words)
    boxes = np.array([[20, 5, 60, 90], [70, 40, 80.5, 33], [-5, -9, 30, 30]])
    crops, centers, scales = preprocess(image, boxes)
    assert crops.shape == (3, 3, 128, 96) and crops.dtype == np.float32
    for box, crop, center, scale in zip(boxes, crops, centers, scales, strict=True):
        sample["center"], sample["scale"] = box_to_center_scale(box, 96 / 128)
        made = pipeline({**sample, "img": image, "image_file": ""})
        np.testing.assert_array_equal(crop, made["img"].numpy())
        np.testing.assert_array_equal(center, made["center"])
        np.testing.assert_array_equal(scale, made["scale"])


def test_lit_pixel_by_hand(image):
    """Box 60×80 padded to 75×100 about (50, 50), on 96×128; red is the first channel."""
    image[:] = 0
    image[50, 50] = (0, 0, 255)
    crops, center, scale = Preprocessor((96, 128), (0.5, 0.25, 0), (0.5, 1, 2))(
        image, [[20, 10, 60, 80]]
    )
    np.testing.assert_allclose(center, [[50, 50]])
    np.testing.assert_allclose(scale * 200, [[75, 100]], rtol=1e-6)
    red = crops[0, 0]
    assert np.unravel_index(red.argmax(), red.shape) == (64, 48)
    assert red.max() == 1 and red.min() == -1
    assert (crops[0, 1] == -0.25).all() and (crops[0, 2] == 0).all()


def test_table_is_the_formula():
    table = normalization_table(MEAN, STD)
    assert table.shape == (3, 256) and table.dtype == np.float32
    levels = np.arange(256) / 255
    expected = (levels - np.array(MEAN)[:, None]) / np.array(STD)[:, None]
    np.testing.assert_allclose(table, expected, rtol=2e-5, atol=1e-6)


def test_no_boxes_and_boxes_with_scores(image):
    preprocess = Preprocessor((96, 128), MEAN, STD)
    assert [len(part) for part in preprocess(image, [])] == [0, 0, 0]
    plain = preprocess(image, [[20, 5, 60, 90]])
    for part, expected in zip(preprocess(image, [[20, 5, 60, 90, 0.7]]), plain, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_steps_without_words_are_told():
    steps = [
        {"type": "LoadImageFromFile", "to_float32": True},
        {"type": "TopDownRandomFlip"},
        {"type": "TopDownAffine"},
        lambda sample: sample,
    ]
    words, silent = described_steps(Compose(steps).steps)
    assert words == {"udp": False}
    assert silent[:2] == ["LoadImageFromFile", "TopDownRandomFlip"] and "<lambda>" in silent[2]


def test_it_needs_neither_torch_nor_mmcv(repository):
    code = (
        "import sys\nfrom models.pipelines import Preprocessor, Sample, rng_of\n"
        "print({'torch', 'mmcv'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
