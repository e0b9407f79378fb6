"""Painted shapes cover what they should, and the canvas knows whose each pixel is."""

from __future__ import annotations

import numpy as np
import pytest

from models.synthetic.canvas import (
    Canvas,
    owner_id,
    paint_capsule,
    paint_ellipse,
    paint_polygon,
)

RED = np.array((0.0, 0.0, 255.0), dtype=np.float32)


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(np.zeros((60, 80, 3)))


def test_a_capsule_covers_its_area(canvas) -> None:
    paint_capsule(canvas, (np.array((20.3, 30.3)), np.array((60.3, 30.3))), (8.0, 8.0), RED, 33)
    assert (canvas.owner == 33).sum() == pytest.approx(40 * 16 + np.pi * 64, rel=0.02)
    assert canvas.owner[30, 40] == 33
    assert canvas.owner[30 - 7, 40] == 33
    assert canvas.owner[30 - 9, 40] == 0


def test_a_capsule_tapers_from_its_first_to_its_second_end(canvas) -> None:
    paint_capsule(canvas, (np.array((20.0, 30.0)), np.array((60.0, 30.0))), (10.0, 3.0), RED, 1)
    assert (canvas.owner[:, 20] == 1).sum() == pytest.approx(20, abs=2)
    assert (canvas.owner[:, 60] == 1).sum() == pytest.approx(6, abs=2)


def test_shapes_are_centered_on_their_points(canvas) -> None:
    paint_ellipse(canvas, np.array((41.0, 27.0)), (np.array((6, 0)), np.array((0, 9))), RED, 1)
    rows, columns = np.nonzero(canvas.owner)
    assert (columns.mean(), rows.mean()) == pytest.approx((41.0, 27.0), abs=0.05)


def test_a_polygon_is_even_and_its_edges_are_soft(canvas) -> None:
    square = np.array(((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)))
    paint_polygon(canvas, square, RED, 1)
    red = canvas.image[..., 2]
    assert red[20, 20] == 255.0
    assert red[20, 8] == red[20, 32] == 0.0
    assert 0.0 < red[20, 31] < 128.0
    np.testing.assert_allclose(red[20, 9:20], red[20, 31:20:-1], atol=30.0)
    np.testing.assert_allclose(red[9:20, 20], red[31:20:-1, 20], atol=30.0)


def test_later_shapes_own_what_they_cover(canvas) -> None:
    ends = (np.array((20.0, 30.0)), np.array((60.0, 30.0)))
    paint_capsule(canvas, ends, (8.0, 8.0), RED, 33)
    paint_polygon(canvas, np.array(((35, 0), (45, 0), (45, 59), (35, 59))), RED, Canvas.OBJECT)
    assert canvas.owner[30, 30] == 33
    assert canvas.owner[30, 40] == Canvas.OBJECT


def test_a_silhouette_holds_only_what_was_painted_since_its_start(canvas) -> None:
    paint_polygon(canvas, np.array(((0, 0), (9, 0), (9, 9), (0, 9))), RED, 1)
    canvas.begin_silhouette()
    paint_polygon(canvas, np.array(((20, 20), (29, 20), (29, 29), (20, 29))), RED, 1)
    painted = canvas.begin_silhouette()
    assert painted[25, 25]
    assert not painted[5, 5]
    assert not canvas.silhouette.any()


def test_shapes_off_the_picture_leave_it_alone(canvas) -> None:
    ends = (np.array((-50.0, 30.0)), np.array((-20.0, 30.0)))
    paint_capsule(canvas, ends, (8.0, 8.0), RED, 33)
    paint_polygon(canvas, np.array(((90, 0), (99, 0), (99, 9))), RED, 33)
    assert not canvas.owner.any()


def test_owner_ids_never_meet() -> None:
    ids = {owner_id(person, part) for person in range(6) for part in range(Canvas.PARTS)}
    assert len(ids) == 6 * Canvas.PARTS
    assert 0 not in ids
    assert max(ids) < 7 * Canvas.PARTS <= Canvas.OBJECT
