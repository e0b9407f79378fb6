"""The process of one side: `python -m models.benchmark.worker`.

It reads a line of json, acts, and answers with a line. The first line names the side; when it is
set up and warm, the answer says so. From then on the process sleeps in `readline` until it is told
to run a case, so that a machine runs one side at a time. Whatever libraries print goes to stderr.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from models.benchmark.side import Case, Clock, Setup
from models.runtime.quiet import quiet_process

MOST_WARM_UP_CALLS = 50
LEAST_WARM_UP = 5  # seconds within which a second call is made whatever `warm_up` says


def main() -> None:
    """Serve one parent, until it says so or is gone."""
    quiet_process()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)  # `os._exit` leaves behind what is in a buffer
    setup: Setup | None = None
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "start":
            setup, reply = start(order)
        elif order["do"] == "run":
            reply = run_round(setup.cases[order["case"]], order["seconds"], setup.clock)
        else:
            break
        _say(answers, reply)
    os._exit(0)  # nothing is left to do, and libraries take seconds to say good-bye


def start(order: Mapping[str, Any]) -> tuple[Setup, dict[str, Any]]:
    """Set a side up and warm up its cases.

    Args:
        order: `function` and `options` as in `Side`; `threads`; `warm_up`, seconds for each case;
            `answers`, the .npz file to leave the side's answers in.

    Returns:
        The side, and what the parent is told: names of the cases, `setup_s`, `warm_up` (calls and
        seconds of each case).
    """
    begin = time.perf_counter()
    set_threads(order["threads"])
    module, name = order["function"].split(":")
    setup = getattr(importlib.import_module(module), name)(order["options"])
    setup_s = time.perf_counter() - begin
    warm_up = {
        name: warm(case, order["warm_up"], setup.clock) for name, case in setup.cases.items()
    }
    np.savez(order["answers"], **setup.answers)
    return setup, {
        "cases": list(setup.cases),
        "setup_s": setup_s,
        "warm_up": warm_up,
        "note": setup.note,
    }


def warm(case: Case, seconds: float, clock: Clock) -> dict[str, float]:
    """Repeat a case unmeasured: for `seconds`, and twice at least where a call is no longer."""
    calls, begin = 0, time.perf_counter()
    while calls == 0 or (
        calls < MOST_WARM_UP_CALLS
        and time.perf_counter() - begin < (LEAST_WARM_UP if calls == 1 else seconds)
    ):
        run_round(case, 0, clock)
        calls += 1
    return {"calls": calls, "seconds": time.perf_counter() - begin}


def run_round(case: Case, seconds: float, clock: Clock) -> dict[str, Any]:
    """Repeat a case for at least `seconds`, once at the least.

    Returns:
        `per_unit`, seconds a unit (or the mean value, of a case that is one); `parts`, the same of
        each named part; `calls`, `seconds`.
    """
    calls, total, value = 0, 0.0, 0.0
    marks = []
    clock.synchronize()
    while calls == 0 or total < seconds:
        if case.prepare is not None:
            case.prepare()
        begin = time.perf_counter()
        answer = case.call()
        total += time.perf_counter() - begin
        calls += 1
        if case.is_value:
            value += answer
        elif isinstance(answer, Mapping):
            marks.append(answer)
    begin = time.perf_counter()
    clock.synchronize()
    total += time.perf_counter() - begin
    units = calls * case.units
    parts = {
        name: sum(clock.seconds(*each[name]) for each in marks) / units
        for name in (marks[0] if marks else ())
    }
    per_unit = value / calls if case.is_value else total / units
    return {"per_unit": per_unit, "parts": parts, "calls": calls, "seconds": total}


def set_threads(threads: int) -> None:
    """Bound OpenCV, which reads no environment; for the others the parent has set OMP_NUM_THREADS.

    In OpenCV 0 means what runs is run in the calling thread, 1 starts a pool of one.
    """
    try:
        import cv2
    except ImportError:  # in a peer's environment
        return
    cv2.setNumThreads(0 if threads == 1 else threads)


def _say(answers: IO[str], reply: Mapping[str, Any]) -> None:
    answers.write(json.dumps(reply) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
