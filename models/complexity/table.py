"""The per-layer table of `tools/get_flops.py`, as text, csv and html."""

from __future__ import annotations

import csv
import html
import os
from collections.abc import Sequence

from models.complexity.count import Complexity, LayerCost
from models.runtime.files import atomic_write

_HEADER = ("layer", "kind", "output", "params", "FLOPs", "MACs", "calls")


def summary(complexity: Complexity) -> list[tuple[str, str]]:
    """The headline numbers with what each of them counts, published convention first."""
    height, width = complexity.input_shape
    return [
        ("Input (height × width)", f"{height} × {width}"),
        ("FLOPs, published convention", f"{complexity.published_mflops:.2f} M (each layer once)"),
        ("Parameters", f"{complexity.params:,}"),
        ("FLOPs, executed calls (mmcv)", f"{complexity.executed_mflops:.1f} M"),
        ("FLOPs, convention of HRNet's tables", f"{complexity.hrnet_gflops:.3f} G (convolutions)"),
        ("Convolution MACs, unique", f"{complexity.unique_mmacs:.1f} M"),
        ("Convolution MACs, executed", f"{complexity.executed_mmacs:.1f} M"),
    ]


def format_table(layers: Sequence[LayerCost]) -> str:
    """Align the layers in columns, for a terminal."""
    rows = [_HEADER, *(_cells(layer) for layer in layers)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADER))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if i < 3 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def write_csv(complexity: Complexity, path: str | os.PathLike) -> None:
    """Write one line a layer, numbers without separators."""
    with atomic_write(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        writer.writerow(_HEADER)
        for layer in complexity.layers:
            shape = "x".join(map(str, layer.output_shape))
            writer.writerow(
                [layer.name, layer.kind, shape, layer.params, layer.flops, layer.macs, layer.calls]
            )


def write_html(complexity: Complexity, path: str | os.PathLike, title: str) -> None:
    """Write a self-contained page with the headline numbers and the table."""
    head = "".join(
        f"<tr><th>{html.escape(k)}</th><td>{v}</td></tr>" for k, v in summary(complexity)
    )
    columns = "".join(f"<th>{name}</th>" for name in _HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(layer)) + "</tr>"
        for layer in complexity.layers
    )
    page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; }}
body {{ margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem; text-align: left; white-space: nowrap; }}
.layers {{ display: block; overflow-x: auto; font-variant-numeric: tabular-nums; }}
.layers td:nth-child(n+4), .layers th:nth-child(n+4) {{ text-align: right; }}
.layers tr:nth-child(even) {{ background: color-mix(in srgb, currentColor 6%, transparent); }}
</style></head><body>
<h1>{html.escape(title)}</h1>
<table>{head}</table>
<h2>Layers</h2>
<p>FLOPs by the published convention and MACs are of one call; calls says how often it runs.</p>
<table class="layers"><thead><tr>{columns}</tr></thead>
<tbody>
{body}
</tbody></table>
</body></html>
"""
    with atomic_write(path) as temporary:
        temporary.write_text(page, encoding="utf-8")


def _cells(layer: LayerCost) -> tuple[str, ...]:
    return (
        layer.name,
        layer.kind,
        "×".join(map(str, layer.output_shape)),
        f"{layer.params:,}",
        f"{layer.flops:,}",
        f"{layer.macs:,}",
        str(layer.calls),
    )
