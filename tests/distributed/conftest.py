"""Several processes on this machine, started as users start them."""

from __future__ import annotations

import pytest

from tests.tools.conftest import run_tool, tiny, tiny_data, trained

__all__ = ["run_tool", "tiny", "tiny_data", "trained"]


@pytest.fixture(scope="session")
def overriding(tiny):
    """Further `--cfg-options` → arguments that make the config small and change it so."""
    return lambda *options: [*tiny("coco"), *options]
