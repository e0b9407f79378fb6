"""Draw the embedded data set: people with exact joints, in COCO's and MPII's formats."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.synthetic import SyntheticSpec, build_dataset_folder
from models.synthetic.spec import FORMS


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    default = SyntheticSpec()
    parser = argparse.ArgumentParser(
        description="Draw a data set of articulated people with exact joints and write it in "
        "COCO's and MPII's formats: pictures (train, val), annotations, the boxes of a simulated "
        "person detector, and MPII's ground truth for PCKh. The same arguments always give the "
        "same data set; run again, a finished one is reused and an interrupted one completed.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("out_dir", type=Path, help="folder to make, new or empty")
    parser.add_argument("--train", type=int, default=default.train, help="training pictures")
    parser.add_argument("--val", type=int, default=default.val, help="validation pictures")
    parser.add_argument(
        "--seed", type=int, default=default.seed, help="what all randomness is from"
    )
    parser.add_argument(
        "--form", choices=FORMS, default=default.form, help="annotation formats to write"
    )
    parser.add_argument(
        "--workers", type=int, help="drawing processes; one per processor if not given"
    )
    parser.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        metavar=("W", "H"),
        default=default.image_size,
        help="greatest width and height of a picture",
    )
    parser.add_argument(
        "--force", action="store_true", help="replace a data set made with other arguments"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Make the data set and say what was made."""
    args = parse_args(argv)
    try:
        spec = SyntheticSpec(
            train=args.train,
            val=args.val,
            seed=args.seed,
            form=args.form,
            image_size=tuple(args.image_size),
        )
        built = build_dataset_folder(args.out_dir, spec, args.workers, args.force)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")
    manifest = built.manifest
    made = "already there, reused" if built.reused else "written"
    if built.resumed:
        made += f" ({built.resumed} pictures from an interrupted run)"
    print(f"{args.out_dir}: {made}")
    for split, pictures in manifest["pictures"].items():
        print(f"  {split}: {pictures} pictures, {manifest['people'][split]} people")
    for name in manifest["files"]:
        print(f"  {name}")


if __name__ == "__main__":
    main()
