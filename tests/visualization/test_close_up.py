"""Lines of any width, on pixels that are otherwise left alone."""

from __future__ import annotations

import numpy as np
import pytest

from models.visualization.close_up import close_up

CORNERS = np.array([3.0, 4.0]), np.array([60.0, 50.0])


@pytest.mark.parametrize("finest", [0.5, 1.4, 2, 9])
def test_undrawn_pixels_come_back(finest):
    image = np.random.default_rng(0).integers(0, 256, (64, 80, 3), dtype=np.uint8)
    canvas = image.copy()
    with close_up(canvas, *CORNERS, finest):
        pass
    assert (canvas == image).all()


@pytest.mark.parametrize("width", [0.75, 1, 1.5, 2, 5])
def test_lines_have_their_width(width):
    canvas = np.zeros((64, 80, 3), np.uint8)
    with close_up(canvas, *CORNERS, width) as part:
        part.line(np.array([10.0, 20]), np.array([50.0, 20]), width, (255, 255, 255))
    column = canvas[:, 30, 0].astype(float)
    assert column.sum() / 255 == pytest.approx(width, abs=0.3)
    assert (column * np.arange(64)).sum() / column.sum() == pytest.approx(20, abs=0.2)


@pytest.mark.parametrize("finest", [1, 4])
def test_shapes_are_where_they_are_asked_for(finest):
    for draw in ("dot", "ellipse"):
        canvas = np.zeros((64, 80, 3), np.uint8)
        with close_up(canvas, *CORNERS, finest) as part:
            if draw == "dot":
                part.dot(np.array([30.5, 20.25]), 6, (255, 0, 0))
            else:
                part.ellipse(np.array([20.5, 20.25]), np.array([40.5, 20.25]), 6, (255, 0, 0))
        weights = canvas[..., 2].astype(float)  # red comes last
        assert not canvas[..., :2].any()
        assert (weights.sum(0) @ np.arange(80)) / weights.sum() == pytest.approx(30.5, abs=0.2)
        assert (weights.sum(1) @ np.arange(64)) / weights.sum() == pytest.approx(20.25, abs=0.2)
        area = np.pi * (36 if draw == "dot" else 30)
        assert weights.sum() / 255 == pytest.approx(area, rel=0.1)


def test_outside_of_the_picture_there_is_nothing():
    canvas = np.zeros((10, 10, 3), np.uint8)
    with close_up(canvas, np.array([20.0, 20]), np.array([30.0, 30]), 1) as part:
        assert part is None


def test_large_parts_are_enlarged_less():
    with close_up(np.zeros((3000, 4000, 3), np.uint8), np.zeros(2), np.full(2, 5e3), 0.5) as part:
        assert part.zoom == 1
