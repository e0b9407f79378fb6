"""Draw the predictions of a test run on its pictures.

Reads the file that tools/test.py --out wrote; writes one picture an image and a contact sheet.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import run_tool


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file that was tested")
    parser.add_argument("results", help=".json file from tools/test.py --out")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--num", type=int, default=24, help="number of images, evenly spread")
    parser.add_argument("--box-thr", type=float, default=0.3, help="least score of a person's box")
    parser.add_argument("--joint-thr", type=float, default=0.3, help="least score of a joint")
    parser.add_argument(
        "--style",
        choices=("sides", "openpose"),
        default="sides",
        help="lines in the data set's colors, or OpenPose's ellipses in a rainbow",
    )
    parser.add_argument(
        "--boxes",
        action="store_true",
        help="draw the boxes too, in the proportions of the network's input",
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    import numpy as np

    from models.analysis.results import load_results
    from models.datasets import keypoints_of
    from models.inference.drawn_files import drawings_of
    from models.pipelines.loading import read_image
    from models.runtime.config import load_config
    from models.runtime.progress import progress_bar
    from models.structures import PADDING, PIXEL_STD
    from models.visualization import contact_sheet, draw_people, write_picture

    keypoints = keypoints_of(load_config(args.config).data.test)
    people = defaultdict(list)
    for batch in load_results(args.results):
        for image, pose, box in zip(
            batch["image_paths"], batch["preds"], batch["boxes"], strict=True
        ):
            kept = people[image]
            if box[5] >= args.box_thr:
                center, half = np.array(box[:2]), np.array(box[2:4]) * PIXEL_STD / PADDING / 2
                corners = np.concatenate([center - half, center + half])
                kept.append({"keypoints": pose, "bbox": corners})
    if not people:
        raise ValueError(f"result file {args.results} holds no person; nothing to draw")

    paths = sorted(people)
    count = min(args.num, len(paths))
    chosen = [paths[i] for i in np.linspace(0, len(paths) - 1, count).astype(int)]
    targets = drawings_of([Path(path) for path in chosen], args.out)
    drawn = []
    with progress_bar(len(chosen), "Drawing", " picture") as bar:
        for path in chosen:
            drawn.append(
                draw_people(
                    read_image(path, "bgr"),
                    people[path],
                    keypoints,
                    score_thr=args.joint_thr,
                    style=args.style,
                    boxes=args.boxes,
                )
            )
            bar.update()
    for path, picture in zip(chosen, drawn, strict=True):
        write_picture(targets[Path(path)], picture)
    names = [Path(path).name for path in chosen]
    write_picture(args.out / "sheet.png", contact_sheet(drawn, captions=names))
    print(f"{len(drawn)} pictures and a contact sheet: {args.out / 'sheet.png'}")


if __name__ == "__main__":
    run_tool(main)
