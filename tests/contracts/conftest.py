"""Tools are run as for the tests of tools."""

from tests.tools.conftest import run_tool

__all__ = ["run_tool"]
