"""Curves hold the very numbers of the evaluation."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.analysis.curves import pck_curves, precision_recall, score_curves, sizes


@pytest.fixture
def run(place, people, answers):
    """Eight people of several sizes, each answered somewhat off, and two answers on nobody."""
    rng = np.random.default_rng(3)
    areas = [20.0**2, 32.0**2, 50.0**2, 96.0**2 - 1, 96.0**2, 100.0**2, 500.0**2, 90.0**2]
    dataset = people([[{"keypoints": place(), "area": area}] for area in areas] + [[]])
    poses = [
        (i, place() + rng.normal(0, 0.05 * area**0.5, (17, 3)), float(rng.random()))
        for i, area in enumerate(areas)
    ]
    return dataset, answers(*poses, (8, place(), 0.6), (3, place(2), 0.4))


def test_precision_over_recall(run, tmp_path) -> None:
    told = precision_recall(*run)
    scores = run[0].evaluate(run[1], str(tmp_path))
    assert told["ap"] == {
        "0.5": scores["AP .5"],
        "0.75": scores["AP .75"],
        "0.5:0.95": scores["AP"],
    }
    assert 0 < scores["AP"] < 1
    assert told["recall"] == np.linspace(0, 1, 101).tolist()
    for name, values in told["precision"].items():
        assert len(values) == 101
        assert np.mean(values) == pytest.approx(told["ap"][name], abs=1e-12)
        assert values == sorted(values, reverse=True)


def test_precision_by_hand(place, people, answers) -> None:
    """Two people, three poses: right, on nobody, right."""
    dataset = people([[place(0)], [place(0)]])
    told = precision_recall(
        dataset, answers((0, place(), 0.9), (0, place(3), 0.8), (1, place(), 0.7))
    )
    expected = [1.0] * 51 + [2 / 3] * 50
    for values in told["precision"].values():
        assert values == pytest.approx(expected)


def test_sizes(run, tmp_path) -> None:
    rows = {row["name"]: row for row in sizes(*run)}
    scores = run[0].evaluate(run[1], str(tmp_path))
    for name, letter in (("medium", "M"), ("large", "L")):
        assert rows[name]["AP"] == scores[f"AP ({letter})"]
        assert rows[name]["AR"] == scores[f"AR ({letter})"]
    # 96² is medium and large, as for COCO
    assert (rows.pop("medium")["people"], rows.pop("large")["people"]) == (5, 3)
    assert {name: row["people"] for name, row in rows.items()} == {
        "0–32": 1,
        "32–64": 2,
        "64–96": 2,
        "96–128": 2,
        "128–192": 0,
        "192–256": 0,
        "256–384": 0,
        "≥ 384": 1,
    }
    assert rows["128–192"]["AP"] is None
    assert rows["≥ 384"]["to"] is None
    assert all(0 <= row["AP"] <= 1 for row in rows.values() if row["people"])


def test_nobody_to_find(people, answers, place) -> None:
    dataset = people([[{"keypoints": np.zeros((17, 3))}]])
    with pytest.raises(ValueError, match="labels nobody with joints"):
        precision_recall(dataset, answers((0, place(), 1.0)))


def test_pck_over_distance(mpii, tmp_path) -> None:
    dataset, results = mpii
    told = pck_curves(dataset, results)
    scores = dataset.evaluate(results, str(tmp_path))
    assert {name: score["value"] for name, score in told["scores"].items()} == {
        "PCKh": scores["PCKh"],
        "PCKh@0.1": scores["PCKh@0.1"],
    }
    assert told["mean"][told["thresholds"].index(0.5)] == scores["PCKh"]
    assert told["mean"][told["thresholds"].index(0.11)] == scores["PCKh@0.1"]
    assert told["joints"]["thorax"] is None  # is labelled nowhere
    half = told["thresholds"].index(0.5)
    assert told["joints"]["head_top"][half] == scores["Head"]
    pair = [told["joints"][f"{side}_knee"][half] for side in ("left", "right")]
    assert np.mean(pair) == scores["Knee"]
    assert told["mean"] == sorted(told["mean"])


def test_what_a_data_set_offers(run, mpii) -> None:
    told = score_curves(*run)
    assert told == {"precision_recall": precision_recall(*run), "sizes": sizes(*run)}
    assert score_curves(*mpii) == {"pck": pck_curves(*mpii)}
    assert json.loads(json.dumps(told)) == told
    with pytest.raises(ValueError, match="not scored by OKS"):
        sizes(*mpii)
    with pytest.raises(ValueError, match="not scored by PCK"):
        pck_curves(*run)
