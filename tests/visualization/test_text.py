"""Letters on pictures: where they stand, what fits, and signs that a font lacks."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from models.visualization.text import draw_text, shortened, text_width

LONG = "the beginning of a line that is too long for its place, and its end"


def drawn(text: str) -> np.ndarray:
    canvas = np.full((40, 300, 3), 255, np.uint8)
    draw_text(canvas, text, (20, 30), 14, (0, 0, 0))
    return canvas


def test_letters_stand_on_the_line():
    rows, columns = np.nonzero(drawn("EH").min(axis=-1) < 128)
    assert rows.min() == pytest.approx(30 - 14, abs=2)
    assert rows.max() == pytest.approx(30, abs=2)
    assert columns.min() == pytest.approx(20, abs=3)
    assert columns.max() == pytest.approx(20 + text_width("EH", 14), abs=4)


def test_too_long_a_line_keeps_both_ends():
    short = shortened(LONG, 200, 10)
    assert text_width(short, 10) <= 200 < text_width(short + "mm", 10)
    front, _, back = short.partition("...")
    assert LONG.startswith(front)
    assert LONG.endswith(back)
    assert front
    assert back
    assert shortened(LONG, 2000, 10) == LONG
    assert shortened(LONG, 3, 10) == ""


@pytest.mark.parametrize(
    ("text", "plain"), [("3×4", "3x4"), ("−7°", "-7 deg"), ("a … b – c", "a ... b - c"), ("é", "e")]
)
def test_signs_that_older_fonts_lack(text, plain, monkeypatch):
    monkeypatch.setattr(cv2, "__version__", "4.12.0")
    np.testing.assert_array_equal(drawn(text), drawn(plain))
