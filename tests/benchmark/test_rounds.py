"""Sides in turns, one process each; one that fails is named and the others go on."""

from __future__ import annotations

import pytest
from tqdm import tqdm

from models.benchmark.agreement import Tolerance
from models.benchmark.process import SideFailed, SideProcess
from models.benchmark.rounds import Pace, measure, turns
from models.benchmark.section import Section
from models.benchmark.side import Side

SECTION = Section("toy", "Toys", "ms", ("a", "b"), {"number": Tolerance(1e-3)})
PACE = Pace(rounds=3, seconds=0, warm_up=0)


def run(sides, folder, pace=PACE):
    with tqdm(disable=True) as bar:
        return measure(SECTION, sides, pace, 1, folder, bar)


def test_sides_take_turns_within_each_round():
    order = list(turns({"a": ["x", "y"], "b": ["x"], "c": ["x", "y"]}, 2))
    assert order == [
        *[("x", 0, "a"), ("x", 0, "b"), ("x", 0, "c")],
        *[("x", 1, "a"), ("x", 1, "b"), ("x", 1, "c")],
        *[("y", 0, "a"), ("y", 0, "c")],
        *[("y", 1, "a"), ("y", 1, "c")],
    ]


def test_processes_run_in_that_order(toys, tmp_path):
    log = tmp_path / "log"

    def side(name, **more):
        return Side(name, f"{toys}:logging", {"log": str(log), "name": name, **more})

    sides = [side("a"), side("b"), side("wrong", number=1.01), Side("c", "x:y", missing="no GPU")]
    result = run(sides, tmp_path / "sides")

    calls = log.read_text().splitlines()
    measured = [call for call in calls if "wrong" not in call][8:]  # two warm-up calls a case
    assert measured == ["first a", "first b"] * 3 + ["second a", "second b"] * 3
    assert result["reference"] == "a"
    facts = result["sides"]
    assert {name: each["status"] for name, each in facts.items()} == {
        "a": "measured",
        "b": "measured",
        "wrong": "disagrees",
        "c": "missing",
    }
    assert "number differs from a's by 0.01, allowed is 0.001" in facts["wrong"]["reason"]
    assert facts["a"]["note"] == "a toy"
    assert facts["b"]["agreement"] == {"number": 0.0}
    assert set(result["cases"]) == {"first", "second"}
    first = result["cases"]["first"]
    assert set(first) == {"a", "b"}
    assert list(first["b"]["rounds"]) == ["0", "1", "2"]
    ratios = sorted(first["a"]["rounds"][i] / first["b"]["rounds"][i] for i in "012")
    assert first["b"]["ratio"]["median"] == pytest.approx(ratios[1])


def test_a_dying_side_is_named_with_its_last_words_and_the_others_go_on(toys, tmp_path):
    sides = [
        Side("broken", f"{toys}:broken"),
        Side("dying", f"{toys}:dying", {"after": 3}),  # of two warm-up calls and three rounds
        Side("a", f"{toys}:logging", {"log": str(tmp_path / "log"), "name": "a"}),
    ]
    result = run(sides, tmp_path / "sides")
    broken, dying = result["sides"]["broken"], result["sides"]["dying"]
    assert broken["status"] == dying["status"] == "failed"
    assert broken["reason"].endswith("ValueError: cannot be set up")
    assert "exit status 7" in dying["reason"]
    assert dying["reason"].endswith("the last words")
    assert list(result["cases"]["first"]["dying"]["rounds"]) == ["0"]
    assert len(result["cases"]["first"]["a"]["rounds"]) == 3


def test_rounds_end_early_where_a_call_is_long(monkeypatch, tmp_path):
    class Slow:
        def __init__(self, side, *args):
            self.name = side.name

        def ready(self):
            return {"cases": ["x"], "ready_s": 0.0}

        def answers(self):
            return {}

        def run(self, case, seconds):
            return {"per_unit": 1.0, "parts": {}, "calls": 1, "seconds": 2.0 * (self.name == "a")}

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

    monkeypatch.setattr("models.benchmark.rounds.SideProcess", Slow)
    sides = [Side("b", "x:y"), Side("a", "x:y")]
    result = run(sides, tmp_path, Pace(rounds=10, seconds=2.5, warm_up=0))
    # 3 × 2.5 s are used up after a's fourth call
    assert {name: len(each["rounds"]) for name, each in result["cases"]["x"].items()} == {
        "a": 4,
        "b": 4,
    }
    result = run(sides, tmp_path, Pace(rounds=10, seconds=0.1, warm_up=0))
    assert len(result["cases"]["x"]["a"]["rounds"]) == 3


def test_what_libraries_print_is_no_answer(toys, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with SideProcess(Side("talkative", f"{toys}:talkative"), 1, 0, tmp_path) as process:
        assert process.ready()["cases"] == ["value"]
        assert process.run("value", 0)["per_unit"] == 3.0  # a value is of no unit
    assert (tmp_path / "talkative.err").read_text().startswith("hello from a library\nagain\n")


def test_a_side_that_hangs_is_ended(toys, tmp_path):
    side = Side("a", f"{toys}:logging", {"log": str(tmp_path / "log"), "name": "a"})
    with (
        SideProcess(side, 1, 0, tmp_path, patience=0.01) as process,
        pytest.raises(SideFailed, match=r"no answer within 0\.01 s"),
    ):
        process.ready()
