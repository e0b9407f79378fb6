"""Left and right can be told from the picture: the face and the near side are what we see."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.synthetic.body import PARTS
from models.synthetic.canvas import Canvas, owner_id
from models.synthetic.figure import paint_figure


def seen(body, part: str) -> int:
    canvas = Canvas(np.zeros((300, 300, 3)))
    paint_figure(canvas, body, 0)
    return int((canvas.owner == owner_id(0, PARTS.index(part))).sum())


def test_the_near_arm_covers_the_body_and_the_body_the_far_arm(body) -> None:
    from_left, from_right = body(yaw=-90.0), body(yaw=90.0)
    for part in ("upper_arm", "thigh"):
        assert seen(from_left, f"left_{part}") > 2 * seen(from_left, f"right_{part}")
        assert seen(from_right, f"right_{part}") > 2 * seen(from_right, f"left_{part}")


def test_eyes_are_painted_in_front_and_not_behind(body) -> None:
    def eyes(yaw: float) -> tuple[int, int]:
        """Pixels in the colors of the iris, made green, and of the white of the eye."""
        person = body(yaw=yaw)
        green = np.array((0.0, 255.0, 0.0), dtype=np.float32)
        person = replace(person, outfit=replace(person.outfit, iris=green, glasses=False))
        canvas = Canvas(np.zeros((300, 300, 3)))
        paint_figure(canvas, person, 0)
        (x0, y0), (x1, y1) = person.head_box().astype(int)
        head = canvas.image[y0:y1, x0:x1]
        iris = (head[..., 1] > 1.5 * head[..., 2]) & (head[..., 1] > 100.0)
        return int(iris.sum()), int((head.min(2) > 235.0).sum())

    assert min(eyes(0.0)) > 2
    assert eyes(180.0) == (0, 0)


def test_a_joint_lies_within_its_own_silhouette(body) -> None:
    for yaw in (0.0, 45.0, 90.0, 180.0):
        person = body(yaw=yaw)
        canvas = Canvas(np.zeros((300, 300, 3)))
        paint_figure(canvas, person, 0)
        for name in person.skeleton.points:
            # nose, ears and the crown stand at the outline itself
            x, y = np.rint(person.point(name)).astype(int)
            assert canvas.silhouette[y - 1 : y + 2, x - 1 : x + 2].any(), (yaw, name)
