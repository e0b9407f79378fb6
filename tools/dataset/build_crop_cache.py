"""Write the pixels that training crops are made of to disk, so that no epoch decodes a JPEG.

The config's `data.train.crop_cache`, a dict with the folder `dir` and, if wanted, `reach`, says
where; training reads the cache while that key is there. Crops are the same bit for bit.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument(
        "--split", choices=["train", "val", "test"], default="train", help="section of data"
    )
    parser.add_argument(
        "--skip-bad-images",
        action="store_true",
        help="leave out images that cannot be read; for training with that option",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say how large it would be")
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.datasets.crop_cache import size_of
    from models.networks import build_network, build_split
    from models.runtime.config import load_config

    cfg = load_config(args.config, args.cfg_options)
    settings = cfg.data[args.split].pop("crop_cache", None)
    if not settings:
        raise KeyError(
            f"data.{args.split} has no crop_cache; give it, for instance with --cfg-options "
            f"+data.{args.split}.crop_cache.dir=FOLDER"
        )
    more = {"skip_bad_images": True} if args.skip_bad_images else {}
    dataset = build_split(cfg, args.split, build_network(cfg, pretrained=False), **more)
    cache = dataset.crop_cache(settings)
    if cache.exists:
        print(f"{cache.pixel_file} is there already")
        return
    plan = cache.plan()
    pictures = sum(region is not None for region in plan.values())
    folder = cache.pixel_file.parent
    there = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(there).free
    print(f"{pictures} pictures, {size_of(plan) / 1e9:.2f} GB of {free / 1e9:.2f} GB that are free")
    if args.dry_run:
        return
    cache.build(plan)
    print(f"{cache.pixel_file} is made")


if __name__ == "__main__":
    run_tool(main)
