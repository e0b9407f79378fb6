"""Print the parameters and FLOPs of a config's network, by every convention in use.

The headline follows the convention of the published tables; mmcv's count of executed calls and
the multiply-adds of convolutions stand beside it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument(
        "--shape",
        type=int,
        nargs="+",
        metavar=("H", "W"),
        help="image height and width; one number for a square; default: that of the config's data",
    )
    parser.add_argument(
        "--no-layers", action="store_true", help="print the headline only, no per-layer table"
    )
    parser.add_argument(
        "--out-file", type=Path, help="also write the per-layer table, .csv or .html"
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.shape and len(args.shape) > 2:
        parser.error("--shape takes one or two numbers, H [W]")
    if args.out_file and args.out_file.suffix not in (".csv", ".html"):
        parser.error(f"--out-file {args.out_file}: the name must end in .csv or .html")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.complexity import count_complexity, format_table, write_csv, write_html
    from models.complexity.table import summary
    from models.networks import build_network
    from models.runtime.config import load_config

    cfg = load_config(args.config, args.cfg_options)
    network = build_network(cfg)
    if args.shape:
        height, width = args.shape[0], args.shape[-1]
    elif network.input_size is None:
        raise ValueError(f"{args.config} does not say how large images are; give --shape H W")
    else:
        width, height = network.input_size
    complexity = count_complexity(network, height, width)

    if not args.no_layers:
        print(format_table(complexity.layers), end="\n\n")
    for name, value in summary(complexity):
        print(f"{name + ':':31} {value}")
    if args.out_file:
        if args.out_file.suffix == ".csv":
            write_csv(complexity, args.out_file)
        else:
            write_html(complexity, args.out_file, title=Path(args.config).stem)
        print(f"Per-layer table written to {args.out_file}")


if __name__ == "__main__":
    run_tool(main)
