"""A round: what is timed, what is not, and what it is divided by."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from models.benchmark.machine import describe_machine
from models.benchmark.sections.memory import peak_on_cpu
from models.benchmark.side import Case, Clock
from models.benchmark.worker import run_round, warm


class Time:
    """A wall clock that goes only when told."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)

    def wait(self, seconds):
        self.now += seconds


@pytest.fixture
def clock(monkeypatch):
    return Time(monkeypatch)


def test_a_round_lasts_and_is_divided_by_its_units(clock):
    reply = run_round(Case(lambda: clock.wait(0.4), units=8), 1.0, Clock())
    assert reply["calls"] == 3
    assert reply["seconds"] == pytest.approx(1.2)
    assert reply["per_unit"] == pytest.approx(0.05)
    assert run_round(Case(lambda: clock.wait(0.4)), 0, Clock())["calls"] == 1


def test_what_comes_before_a_call_is_not_measured(clock):
    case = Case(lambda: clock.wait(1), prepare=lambda: clock.wait(10))
    assert run_round(case, 2, Clock())["per_unit"] == pytest.approx(1)


def test_parts_of_a_call(clock):
    marks = Clock()

    def call():
        begin = marks.mark()
        clock.wait(1)
        middle = marks.mark()
        clock.wait(3)
        return {"forward": (begin, middle), "backward": (middle, marks.mark())}

    reply = run_round(Case(call, units=2), 5, marks)
    assert reply["parts"] == pytest.approx({"forward": 0.5, "backward": 1.5})
    assert reply["per_unit"] == pytest.approx(2)


@pytest.mark.parametrize(
    ("call", "seconds", "calls"), [(0.1, 0, 2), (6, 0, 1), (0.4, 1, 3), (0.001, 9, 50)]
)
def test_warm_up_is_bounded(clock, call, seconds, calls):
    done = warm(Case(lambda: clock.wait(call)), seconds, Clock())
    assert done == {"calls": calls, "seconds": pytest.approx(calls * call)}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from Linux's /proc")
def test_peak_memory():
    before = peak_on_cpu()
    held = before(lambda: np.ones(2**23).sum())  # 64 MiB, gone again when the call ends
    assert 0.9 * 2**26 < held < 2**27  # the kernel counts in batches of pages
    assert before(lambda: None) < 2**25


def test_the_machine_is_described():
    machine = describe_machine(3)
    assert machine["cpu"]
    assert machine["threads"] == 3
    assert machine["cores"] >= 1
    assert machine["memory_gib"] > 0.1
    assert {"torch", "numpy"} <= set(machine["packages"])
