"""Contact sheets fit every picture, and what is written below it."""

from __future__ import annotations

import numpy as np
import pytest

from models.visualization import contact_sheet
from models.visualization.text import shortened, text_width


def test_sheet_fits_every_picture():
    tall = np.full((300, 100, 3), 10, np.uint8)
    wide = np.full((50, 400, 3), 200, np.uint8)
    sheet = contact_sheet([tall, wide, tall], columns=2, cell=(100, 100), gap=10)
    assert sheet.shape == (230, 230, 3)
    assert (sheet[60, 60] == 10).all()
    assert (sheet[60, 170] == 200).all()
    assert (sheet[5] == 245).all()
    with pytest.raises(ValueError, match="no pictures"):
        contact_sheet([])


def test_captions_are_below_their_pictures():
    pictures = [np.full((100, 100, 3), 10, np.uint8)] * 2
    captions = ["first", "a name that is much too long for a cell of a hundred pixels.jpg"]
    sheet = contact_sheet(pictures, columns=2, cell=(100, 100), gap=10, captions=captions)
    assert sheet.shape == (142, 230, 3)
    written = sheet[111:132].min(axis=2) < 100
    assert written[:, 10:60].any() and written[:, 120:220].any()
    assert not written[:, 110:120].any() and not written[:, 220:].any()
    with pytest.raises(ValueError, match="1 captions for 2 pictures"):
        contact_sheet(pictures, captions=["one"])


def test_long_texts_keep_beginning_and_end():
    text = "person_keypoints_000000196141.jpg"
    short = shortened(text, 120, 11)
    assert text_width(short, 11) <= 120
    assert short.startswith("per") and short.endswith(".jpg") and "..." in short
    assert shortened("short", 120, 11) == "short"
    assert shortened(text, 3, 11) == ""
