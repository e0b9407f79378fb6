"""Random light and color."""

import numpy as np
import pytest

from models.pipelines import PhotometricDistortion

NONE = {
    "brightness_delta": 0,
    "contrast_range": (1, 1),
    "saturation_range": (1, 1),
    "hue_delta": 0,
}


def distorted(sample, draws=30, **strength):
    step = PhotometricDistortion(**{**NONE, **strength})
    return [step(dict(sample))["img"].astype(int) for _ in range(draws)]


@pytest.fixture
def grey(sample):
    sample["img"] = np.full((4, 4, 3), 100, np.uint8)
    return sample


def test_form_is_kept_and_the_original_untouched(sample):
    before = sample["img"].copy()
    made = PhotometricDistortion()(dict(sample))["img"]
    assert (made.shape, made.dtype) == (before.shape, np.uint8)
    np.testing.assert_array_equal(sample["img"], before)


def test_brightness_adds_the_same_to_all(grey):
    levels = {int(image.mean()) for image in distorted(grey, 200, brightness_delta=32)}
    assert min(levels) >= 68
    assert max(levels) <= 132
    assert len(levels) > 20


def test_contrast_multiplies(grey):
    levels = {int(image.mean()) for image in distorted(grey, 200, contrast_range=(0.5, 1.5))}
    assert 50 <= min(levels) < 60
    assert 140 < max(levels) <= 150


def test_levels_are_clipped_and_do_not_wrap(sample):
    sample["img"] = np.full((2, 2, 3), 250, np.uint8)
    assert min(image.min() for image in distorted(sample, contrast_range=(1.5, 1.5))) == 250


def test_saturation_leaves_grey_alone_but_not_color(grey):
    assert all((image == 100).all() for image in distorted(grey, saturation_range=(0.5, 1.5)))
    grey["img"] = np.full((2, 2, 3), (200, 100, 100), np.uint8)
    spread = [np.ptp(image[0, 0]) for image in distorted(grey, 100, saturation_range=(0.5, 1.5))]
    assert min(spread) < 75
    assert max(spread) > 125


def test_hue_turns_around_red(grey):
    """Red is hue 0: turning it must give both magenta and orange, not wrap at 255."""
    grey["img"] = np.full((2, 2, 3), (255, 0, 0), np.uint8)
    made = distorted(grey, 100, hue_delta=18)
    assert all(image[..., 0].min() == 255 for image in made)
    assert max(image[..., 1].max() for image in made) > 100
    assert max(image[..., 2].max() for image in made) > 100
