"""A person as annotators would label one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.datasets import AnnotatedImage, AnnotatedPerson


@pytest.fixture
def standing() -> np.ndarray:
    """(17, 3) a person who faces the viewer, all visible, with the hips at (100 ± 12, 100)."""
    half = {  # x to the left of the person's middle, y
        "eye": (4, 24),
        "ear": (9, 25),
        "shoulder": (18, 44),
        "elbow": (26, 72),
        "wrist": (30, 98),
        "hip": (12, 100),
        "knee": (13, 140),
        "ankle": (14, 176),
    }
    rows = [(100.0, 30.0, 2.0)]
    for x, y in half.values():
        rows += [(100.0 + x, y, 2.0), (100.0 - x, y, 2.0)]
    return np.array(rows)


@pytest.fixture
def person(standing) -> Callable[..., AnnotatedPerson]:
    """Make an `AnnotatedPerson` of the standing one; keywords replace its parts."""
    joints = standing.copy()  # tests change theirs

    def make(**parts) -> AnnotatedPerson:
        bbox = np.array([65.0, 15.0, 70.0, 170.0])
        given = {"id": 1, "bbox": bbox, "joints": joints.copy(), "area": 8000.0, **parts}
        return AnnotatedPerson(**given)

    return make


@pytest.fixture
def picture() -> Callable[..., AnnotatedImage]:
    """Make an `AnnotatedImage` of 200×200 pixels with the people given."""
    return lambda *people, **parts: AnnotatedImage(
        **{"file": "a.jpg", "size": (200, 200), "people": list(people), **parts}
    )
