"""How large and how costly a network is, under each of the conventions in use."""

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
