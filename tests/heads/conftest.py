"""Deterministic weights for numbers of mmpose."""

from tests.backbones.conftest import fill_by_name

__all__ = ["fill_by_name"]
