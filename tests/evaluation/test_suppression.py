"""Doubles go out of all images at once as they do out of each."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation import suppression
from models.evaluation.oks import oks_nms, soft_oks_nms
from models.evaluation.suppression import suppress


def people(seed: int, joints: int) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Images of 1 to 9 poses in mixed order, in chains of like ones, many of one score."""
    rng = np.random.default_rng(seed)
    images = [f"{i}.jpg" for i in rng.integers(0, 40, 200)]
    poses = rng.choice([0.0, 2, 4, 6, 50], (200, 1, 1)) + rng.uniform(0, 40, (joints, 3))
    poses[..., :2] += rng.normal(0, 1, (200, joints, 2)) * rng.integers(0, 2, (200, 1, 1))
    return images, poses, rng.choice([0.2, 0.5, 0.9], 200), rng.choice([900.0, 1600], 200)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize(("seed", "joints"), [(0, 17), (1, 17), (2, 5), (3, 133)])
def test_each_image_keeps_what_it_keeps_alone(monkeypatch, seed, joints, soft) -> None:
    monkeypatch.setattr(suppression, "CHUNK", 16)  # so that images of one number are cut
    images, poses, scores, areas = people(seed, joints)
    sigmas = np.linspace(0.03, 0.1, joints)
    thr = 0.3 if soft else 0.7
    expected = []
    for image in dict.fromkeys(images):
        rows = [i for i, key in enumerate(images) if key == image]
        instances = [{"keypoints": poses[i], "score": scores[i], "area": areas[i]} for i in rows]
        alone = soft_oks_nms(instances, thr, 3, sigmas) if soft else oks_nms(instances, thr, sigmas)
        expected += [rows[i] for i in alone]
    found = suppress(images, poses, scores, areas, thr, sigmas, soft, max_dets=3)
    assert found.tolist() == expected
    assert 40 < len(expected) < 180


def test_no_poses_are_none() -> None:
    nothing = np.zeros(0)
    kept = suppress([], np.zeros((0, 17, 3)), nothing, nothing, 0.9, np.full(17, 0.05))
    assert kept.tolist() == []
