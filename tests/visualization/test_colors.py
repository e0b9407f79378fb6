"""Colors of tracks are always the same, and far from each other."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.visualization.colors import contrast, id_color, luminance, named_color, rainbow


def test_tracks_are_told_apart():
    """In CIELAB, where about 2 is the least difference that is seen."""
    colors = np.float32([[id_color(i)[::-1] for i in range(24)]]) / 255
    lab = cv2.cvtColor(colors, cv2.COLOR_BGR2Lab)[0]
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + 1e3 * np.eye(24)
    assert apart[:8, :8].min() > 35
    assert apart[:16, :16].min() > 20
    assert apart.min() > 15
    assert np.diag(apart, 1).min() > 50  # neighbours, which are often side by side


def test_tracks_keep_their_color():
    assert [id_color(i) for i in (0, 1, 7)] == [(140, 21, 21), (153, 212, 255), (255, 13, 29)]


@pytest.mark.parametrize("color", [(0, 0, 255), (255, 255, 0), (0, 200, 80), (128, 128, 128)])
def test_contrast_is_the_better_of_dark_and_light(color):
    def ratio(other):
        high, low = sorted((luminance(color) + 0.05, luminance(other) + 0.05), reverse=True)
        return high / low

    assert ratio(contrast(color)) == max(ratio((24, 24, 24)), ratio((245, 245, 245)))
    assert ratio(contrast(color)) > 3.5


def test_rainbow():
    assert rainbow(18)[:3] == ((255, 0, 0), (255, 85, 0), (255, 170, 0))
    assert rainbow(0) == ()


def test_names():
    assert named_color("green") == (0, 255, 0)
    assert named_color("#10a0fF") == (16, 160, 255)
    with pytest.raises(ValueError, match=r"'gren' is no color; write '#rrggbb' or one of red, "):
        named_color("gren")
