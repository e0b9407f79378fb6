"""Look at a data set before training on it.

Writes pictures of samples as they are annotated, as the network gets them and with their target
heatmaps; lists annotations of the whole split that look wrong; counts what there is.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options

SPLITS = ("train", "val", "test")


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument("--split", choices=SPLITS, default="train", help="default: train")
    parser.add_argument("--num", type=int, default=16, help="samples to draw, 1 or more")
    parser.add_argument("--draws", type=int, default=4, help="augmentations of each, 1 or more")
    parser.add_argument("--worst", type=int, default=24, help="suspicious annotations to draw")
    parser.add_argument("--seed", type=int, default=0, help="of choice and augmentation")
    parser.add_argument("--out", type=Path, required=True, help="folder for what is written")
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if min(args.num, args.draws) < 1 or args.worst < 0 or args.seed < 0:
        parser.error("--num and --draws must be 1 or more, --worst and --seed 0 or more")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.analysis.browse import (
        draw_samples,
        draw_worst,
        open_split,
        write_statistics,
        write_suspicious,
    )
    from models.runtime.config import load_config
    from models.runtime.files import check_writable, set_aside

    if args.out.exists() and not args.out.is_dir():
        raise NotADirectoryError(f"--out {args.out} is a file; give a folder")
    dataset = open_split(load_config(args.config, args.cfg_options), args.split)
    images = dataset.annotated()
    check_writable(args.out)
    names = ("statistics.json", "statistics.png", "suspicious.json", "suspicious.jpg")
    earlier = set_aside(*(args.out / name for name in (*names, "samples")))
    if earlier:
        print(f"earlier output is kept: {earlier} and what belongs to it")

    print(write_statistics(dataset, images, args.out, f"{args.split} of {args.config}"))
    findings, said = write_suspicious(dataset, images, args.out)
    print(f"\n{said}\n")
    draw_worst(dataset, images, findings, args.worst, args.out)
    drawn = draw_samples(dataset, images, args.num, args.draws, args.seed, args.out)
    print(f"{drawn} samples and all else: {args.out}")


if __name__ == "__main__":
    run_tool(main)
