"""How large and how costly a network is, under each of the conventions in use."""

import models.runtime.quiet_mmcv  # noqa: F401  (modules here import it by themselves)
from models.complexity.count import Complexity, LayerCost, count_complexity
from models.complexity.table import format_table, write_csv, write_html

__all__ = [
    "Complexity",
    "LayerCost",
    "count_complexity",
    "format_table",
    "write_csv",
    "write_html",
]
