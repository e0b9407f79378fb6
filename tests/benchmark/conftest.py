"""Toy sides, importable in the processes of sides."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def toys(monkeypatch) -> str:
    """The module name of `toy_sides.py`."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    return "toy_sides"
