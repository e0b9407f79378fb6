"""Print a config with its bases and overrides merged."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.runtime.config import load_config
    from models.runtime.config_text import config_text

    print(config_text(load_config(args.config, args.cfg_options)), end="")


if __name__ == "__main__":
    run_tool(main)
