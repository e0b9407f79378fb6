"""Sides for the tests of the benchmark, set up in processes of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from models.benchmark.side import Case, Setup


def logging(options: Mapping[str, Any]) -> Setup:
    """Two cases that write the side's name into a file that all share."""

    def call(case: str) -> None:
        with Path(options["log"]).open("a") as log:
            log.write(f"{case} {options['name']}\n")

    cases = {name: Case(lambda name=name: call(name), units=2) for name in ("first", "second")}
    return Setup(cases, {"number": np.array([1.0, options.get("number", 1.0)])}, note="a toy")


def dying(options: Mapping[str, Any]) -> Setup:
    """Sets up well, and is gone in the second round."""
    calls = []

    def call() -> None:
        calls.append(0)
        if len(calls) > options["after"]:
            print("the last words", file=sys.stderr, flush=True)
            os._exit(7)

    return Setup({"first": Case(call)}, {"number": np.array([1.0, 1.0])})


def broken(options: Mapping[str, Any]) -> Setup:
    """Cannot be set up."""
    raise ValueError("cannot be set up")


def talkative(options: Mapping[str, Any]) -> Setup:
    """Prints what its parent must not take for an answer, and measures a value."""
    print("hello from a library")

    def call() -> float:
        print("again")
        return 3.0

    return Setup({"value": Case(call, units=5, is_value=True)})
