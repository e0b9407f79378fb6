"""Say which joints a network gets wrong, how, and what that costs.

Reads the file that tools/test.py --out wrote. For data in COCO's format: every joint of a person
found is good or has one of four errors (Ronchi & Perona, ICCV 2017):

  jitter     beside its place, farther than people who label differ
  inversion  on the mirrored joint of the same person
  swap       on another person's joint
  miss       on none of these

and AP is computed anew with each kind corrected. For MPII: the share of joints within a distance.
Prints tables; writes the numbers, with curves and AP by size of the person, as json, and a chart.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file that was tested")
    parser.add_argument("results", type=Path, help=".json file from tools/test.py --out")
    parser.add_argument(
        "--out",
        type=Path,
        help="json to write, with a chart of the same name as .png; default: errors.json beside "
        "the results",
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    args.out = args.out or args.results.with_name("errors.json")
    if args.out.suffix != ".json":
        parser.error(f"--out {args.out}: the name must end in .json")
    if args.out.resolve() == args.results.resolve():
        parser.error(f"--out {args.out} would replace the results")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.analysis.charts import draw_errors, draw_pck
    from models.analysis.curves import curves_of
    from models.analysis.errors import errors_of
    from models.analysis.results import load_results, tested_dataset
    from models.runtime.config import load_config
    from models.runtime.files import check_writable, dump_json

    check_writable(args.out.parent)
    cfg = load_config(args.config, args.cfg_options)
    results = load_results(args.results)
    # Labels are compared, not pictures, so it does not matter if some of these are gone.
    dataset = tested_dataset(cfg)

    compared = dataset.compare(results)
    errors, curves = errors_of(compared, dataset), curves_of(compared, dataset)
    if not errors and not curves:
        raise ValueError(
            f"{type(dataset).__name__} offers no comparison of predictions with ground truth that "
            "errors or curves could be told from; tools/analysis/report.py shows what it offers"
        )
    chart = args.out.with_suffix(".png")
    title = Path(args.config).stem
    if dataset.samples_from:
        title += f", {Path(dataset.samples_from).name}"
    if "pck" in curves:
        print_pck(curves["pck"])
        draw_pck(curves["pck"], chart, title)
    if errors:
        analysis = {**errors, **curves}
        print_errors(analysis)
        draw_errors(analysis, chart, f"{title}: AP {analysis['ap']['now']:.3f}")
    dump_json({**(errors or {}), **curves}, args.out, indent=1)
    print(f"Numbers: {args.out}, chart: {chart}")


def print_errors(analysis: Mapping[str, Any]) -> None:
    """Errors by joint, AP without them, people and sizes."""
    kinds = ("good", "jitter", "inversion", "swap", "miss")
    head = f"{'joint':<16}{'labelled':>9}" + "".join(f"{kind:>11}" for kind in kinds)
    print(f"{head}{'OKS lost':>10}")
    for name, row in [*analysis["joints"].items(), ("all", analysis["all"])]:
        shares = "".join(f"{100 * row[kind] / max(row['labelled'], 1):>10.1f}%" for kind in kinds)
        lost = 100 * (sum(row["oks_loss"].values()) + row["oks_loss_good"])
        print(f"{name:<16}{row['labelled']:>9}{shares}{lost:>10.2f}")
    print("Joints of people found; OKS lost: points, mean over these people\n")

    print(f"{'AP':<36}{'alone':>8}{'one upon the other':>20}")
    print(f"{'  now':<36}{analysis['ap']['now']:>8.4f}")
    for kind, value in analysis["ap_progressive"].items():
        if kind != "now":
            alone = analysis["ap"][f"without_{kind}"]
            print(f"{f'  {kind} corrected':<36}{alone:>8.4f}{value:>20.4f}")

    people, oks = analysis["people"], analysis["oks"]
    found = f"OKS ≥ {oks['found_from']}"
    if oks["mean"] is not None:
        found += f", {oks['mean']:.4f} in the mean"
    print(f"\nPeople found: {people['matched']} ({found}), missed: {people['missed']}")
    print(
        f"Poses of nobody: {people['false']}, of these second ones of a person: "
        f"{people['doubles']}; not judged: {people['not_judged']}\n"
    )

    print(f"{'size of the person (√area, px)':<36}{'people':>8}{'AP':>10}{'AR':>10}")
    for row in analysis["sizes"]:
        if row["people"]:
            print(f"  {row['name']:<34}{row['people']:>8}{row['AP']:>10.4f}{row['AR']:>10.4f}")
    print()


def print_pck(curves: Mapping[str, Any]) -> None:
    """Percentages of joints within some distances."""
    columns = [10, 20, 30, 40, 50]
    print(f"{'% within × ' + curves['unit']:<22}", end="")
    print("".join(f"{curves['thresholds'][i]:>8.1f}" for i in columns))
    for name, values in [*curves["joints"].items(), ("mean", curves["mean"])]:
        shown = "".join(f"{values[i]:>8.2f}" for i in columns) if values else "  not labelled"
        print(f"{name:<22}{shown}")
    for name, score in curves["scores"].items():
        print(f"{name}: {score['value']:.4f} (within {score['threshold']})")
    print()


if __name__ == "__main__":
    run_tool(main)
