"""Write a report of a training run as one HTML page that needs no other file.

Curves, scores against the published ones, errors by joint, the worst cases with pictures, and
where the run came from: whatever the run folder holds. Results of a test are taken from
results.json in it, or from --results.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work_dir", type=Path, help="run folder of tools/train.py")
    parser.add_argument("--out", type=Path, help="the page; default: report.html in the run folder")
    parser.add_argument(
        "--results",
        type=Path,
        help=".json file from tools/test.py --out; default: results.json in the run folder",
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.out and args.out.suffix not in (".html", ".htm"):
        parser.error(f"--out {args.out}: the name must end in .html")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.analysis.report import write_report

    page, lacking = write_report(args.work_dir, args.out, args.results, args.cfg_options)
    for sentence in lacking:
        print(f"note: {sentence}", file=sys.stderr)
    print(f"Report: {page} ({page.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    run_tool(main)
