"""The simulated detector misses, doubles and invents like a real one, and mostly knows it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.synthetic.detector import _iou, detect, miss_chance
from models.synthetic.scene import Scene, draw_scene, generator
from models.synthetic.spec import Difficulty, SyntheticSpec


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    spec = SyntheticSpec(image_size=(200, 160))
    return [draw_scene(spec, "val", index) for index in range(80)]


@pytest.fixture(scope="module")
def answers(scenes) -> list:
    spec = SyntheticSpec()
    return [
        detect(scene, generator(spec, "val", index, purpose=1), spec.difficulty)
        for index, scene in enumerate(scenes)
    ]


def best_match(scene: Scene, box: list[float]) -> float:
    return max((_iou(box, person.box) for person in scene.people), default=0.0)


def test_most_people_are_found_but_not_all(scenes, answers) -> None:
    found = [
        any(_iou(box, person.box) > 0.7 for box, _ in answer)
        for scene, answer in zip(scenes, answers, strict=True)
        for person in scene.people
    ]
    assert 0.85 < np.mean(found) < 0.99


def test_false_alarms_are_many_and_score_low(scenes, answers) -> None:
    right, wrong = [], []
    for scene, answer in zip(scenes, answers, strict=True):
        for box, score in answer:
            (right if best_match(scene, box) > 0.5 else wrong).append(score)
    assert 0.1 < len(wrong) / (len(right) + len(wrong)) < 0.4
    assert np.median(wrong) < 0.2 < 0.8 < np.median(right)


def test_scores_follow_quality(scenes, answers) -> None:
    quality, scores = np.array(
        [
            (best_match(scene, box), score)
            for scene, answer in zip(scenes, answers, strict=True)
            for box, score in answer
        ]
    ).T
    assert np.corrcoef(quality, scores)[0, 1] > 0.6
    assert ((scores > 0.0) & (scores < 1.0)).all()


def test_found_boxes_are_shifted_by_a_few_percent(scenes) -> None:
    easy = Difficulty(misses=0.0, duplicates=0.0, false_positives=0.0)
    rng = np.random.default_rng(0)
    offsets = []
    for scene in scenes:
        whole = replace(scene, people=tuple(p for p in scene.people if p.share > 0.9)[:1])
        for box, _ in detect(whole, rng, easy):
            x, y, w, h = whole.people[0].box
            offsets.append(((box[0] - x) / w, (box[1] - y) / h))
    offsets = np.asarray(offsets)
    assert 0.01 < np.abs(offsets).mean() < 0.04
    assert np.abs(offsets.mean(0)).max() < 0.02


def test_boxes_stay_inside_and_come_best_first(scenes, answers) -> None:
    for scene, answer in zip(scenes, answers, strict=True):
        for (x, y, w, h), _ in answer:
            assert x >= 0 and y >= 0 and w > 0 and h > 0
            assert x + w <= scene.size[0] + 0.01 and y + h <= scene.size[1] + 0.01
        scores = [score for _, score in answer]
        assert scores == sorted(scores, reverse=True)


def test_hidden_and_tiny_people_are_missed_more_often(scenes) -> None:
    person = max((p for scene in scenes for p in scene.people), key=lambda p: p.area * p.share)
    base = miss_chance(person, Difficulty())
    assert base == Difficulty().misses
    assert miss_chance(replace(person, share=0.2), Difficulty()) > base + 0.1
    assert miss_chance(replace(person, area=200), Difficulty()) > base + 0.1
