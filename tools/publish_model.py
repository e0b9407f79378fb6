"""Publish a checkpoint: weights for others, with their config and a model card.

Optimizer, random generators and what hooks remember are left out, and so is everything that belongs
to one machine: paths, names of accounts and hosts. The file gets the first digits of its SHA-256
into its name, loads with weights_only=True and into tools/test.py, and stands only if the network
made of it gives the heatmaps of the source, to the bit. Nothing is written over.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "config", type=Path, help="config file, or the folder of the run that has it"
    )
    parser.add_argument("checkpoint", type=Path, help="checkpoint file")
    parser.add_argument(
        "out",
        type=Path,
        help="NAME.pth, to which -<hash> is added, or a folder, for files named after the config",
    )
    parser.add_argument(
        "--results",
        type=Path,
        help="raw results of this checkpoint, from tools/test.py --out; for its scores on the card",
    )
    parser.add_argument(
        "--licence", default="Apache-2.0", help="of the weights; default: Apache-2.0"
    )
    parser.add_argument(
        "--allow",
        nargs="+",
        default=[],
        metavar="NAME",
        help="names of this account or host that are ordinary words and may be published",
    )
    add_trust_checkpoint(parser)
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.analysis.model_card import Known, write_model_card
    from models.analysis.own_scores import kept_config, scores_of_results, validation_scores
    from models.analysis.published import PROTOCOL, PUBLISHED
    from models.deploy.published import Published, publish_checkpoint
    from models.runtime.config import load_config

    config = kept_config(args.config) if args.config.is_dir() else args.config
    cfg = load_config(config, args.cfg_options)
    test = scores_of_results(args.results, cfg) if args.results else None
    published_row = PUBLISHED.get(config.stem, {})

    def write_card(published: Published, path: Path) -> None:
        known = Known(
            config=config.stem,
            validation=validation_scores(args.checkpoint.parent, published.meta, cfg),
            test=test,
            published=published_row,
            protocol=next((PROTOCOL[name] for name in published_row if name in PROTOCOL), ""),
            licence=args.licence,
        )
        write_model_card(published, known, path)

    as_file = args.out.suffix == ".pth"
    published = publish_checkpoint(
        cfg,
        config.stem,
        args.checkpoint,
        args.out.parent if as_file else args.out,
        args.out.stem if as_file else config.stem,
        write_card,
        args.trust_checkpoint,
        args.allow,
    )
    path = published.checkpoint
    print(
        f"{path}: {published.size / 2**20:.1f} MiB of {published.source_size / 2**20:.1f} MiB, "
        f"the same {published.network.output_name} to the bit"
    )
    print(f"{path.with_suffix('.py')}, {path.with_suffix('.md')}: its config and its card")
    print(f"SHA-256: {published.sha256}")


if __name__ == "__main__":
    run_tool(main)
