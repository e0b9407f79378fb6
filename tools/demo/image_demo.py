"""Draw the skeletons of the people in pictures.

People are found by torchvision's SSDLite, unless --detector names another detector or --boxes a
file of boxes. A picture in which nobody is found is written as it is. Older files in --out are
kept under another name.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.deploy.exported import engine_names
from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint

if TYPE_CHECKING:
    from models.inference.inferencer import Prediction


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "config",
        metavar="CONFIG_OR_MODEL",
        help="config file or its name (litehrnet_18_coco_256x192), or an exported model",
    )
    parser.add_argument(
        "checkpoint", nargs="?", help="checkpoint file, or a model exported with that config"
    )
    parser.add_argument(
        "--img",
        nargs="+",
        required=True,
        metavar="PICTURE",
        help="picture, several, a folder of them, or a pattern ('shots/**/*.jpg')",
    )
    people = parser.add_mutually_exclusive_group()
    people.add_argument(
        "--detector",
        default="ssdlite",
        metavar="NAME",
        help="ssdlite (default), fasterrcnn or fasterrcnn_320; torchvision fetches their weights. "
        "Takes what --boxes takes, too",
    )
    people.add_argument(
        "--boxes",
        dest="detector",
        metavar="FILE|full",
        help="boxes of people: COCO annotations or detections, json "
        '{"name.jpg": [[x1, y1, x2, y2], …]}, or csv name,x1,y1,x2,y2; or "full", one person who '
        "fills the picture",
    )
    parser.add_argument(
        "--detector-weights", metavar="FILE", help="torchvision's .pth file of the detector"
    )
    parser.add_argument(
        "--ann-file",
        metavar="FILE",
        help="COCO annotations that name the pictures of --boxes, where these are COCO detections "
        "and the pictures' names are not their ids",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("work_dirs/demo"),
        help="folder for the drawn pictures, or for one picture a file; default: work_dirs/demo",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="write boxes and joints here, people in the form of video_demo.py --json",
    )
    parser.add_argument(
        "--style", default="sides", help="sides (default): colours by side; or openpose"
    )
    parser.add_argument("--draw-boxes", action="store_true", help="draw people's boxes too")
    parser.add_argument(
        "--heatmaps",
        action="store_true",
        help="write *_heatmaps pictures too: where the network sees joints",
    )
    parser.add_argument(
        "--engine", help=f"{', '.join(engine_names())}; default: what runs the model given"
    )
    parser.add_argument("--device", help="cpu, cuda:0 …; default: a GPU where there is one")
    parser.add_argument(
        "--box-thr", type=float, default=0.3, help="least score of a person's box; default: 0.3"
    )
    parser.add_argument(
        "--joint-thr",
        type=float,
        default=0.3,
        help="least score of a joint that is drawn; default: 0.3",
    )
    parser.add_argument(
        "--show", action="store_true", help="show each picture until a key is pressed; q ends it"
    )
    add_trust_checkpoint(parser)
    add_cfg_options(parser)
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    import warnings
    from dataclasses import replace

    from models.inference.box_files import BoxFile
    from models.inference.drawn_files import drawings_of, write_drawing
    from models.inference.inferencer import PoseInferencer
    from models.inference.picture_source import PictureSource
    from models.inference.results_form import plain_keypoints
    from models.inference.sources import open_source
    from models.inference.window import Window, check_screen
    from models.runtime.files import check_writable, dump_json, set_aside
    from models.runtime.progress import progress_bar
    from models.visualization import STYLES, overlay_heatmaps

    warnings.formatwarning = lambda message, *rest, **more: f"warning: {message}\n"
    if args.style not in STYLES:
        raise ValueError(f"there is no --style {args.style}; use {' or '.join(STYLES)}")
    if args.show:
        check_screen()
    source = open_source(args.img)
    if not isinstance(source, PictureSource):
        source.close()
        raise ValueError(f"{args.img[0]} shows no pictures; for it use tools/demo/video_demo.py")
    targets = drawings_of(source.files, args.out)
    detector = BoxFile(args.detector, args.ann_file) if args.ann_file else args.detector
    inferencer = PoseInferencer(
        args.config,
        args.checkpoint,
        args.device,
        args.engine,
        detector,
        detector_weights=args.detector_weights,
        box_thr=args.box_thr,
        cfg_options=args.cfg_options,
        trust_checkpoint=args.trust_checkpoint,
    )
    boxes = inferencer.detector
    if isinstance(boxes, BoxFile):
        if not any(boxes.lists(str(file)) for file in source.files):
            raise ValueError(
                f"box file {boxes.path} lists none of the pictures, {source.files[0]} for one; it "
                f"lists {boxes.names[0]}. Give the boxes of these pictures"
            )
        source.upright = not boxes.of_stored_pixels
    for folder in {target.parent for target in targets.values()}:
        check_writable(folder)

    results, nobody = [], []
    window = Window("q ends the show") if args.show else None
    with progress_bar(source.total, "Drawing", " picture") as bar:
        for frame in source:
            file = source.files[frame.index]
            found = inferencer.look(replace(frame, name=str(file)))
            drawn = found.draw(score_thr=args.joint_thr, style=args.style, boxes=args.draw_boxes)
            target = targets[file]
            write_drawing(target, drawn)
            if args.heatmaps:
                poses = found.poses
                heat = overlay_heatmaps(
                    frame.image,
                    inferencer.estimator.codec.keypoint_maps(poses.heatmaps),
                    poses.center,
                    poses.scale,
                    use_udp=inferencer.description.udp_crop,
                )
                write_drawing(target.with_name(f"{target.stem}_heatmaps{target.suffix}"), heat)
            if not found.people:
                nobody.append(file)
            results.append(result_of(file, found))
            bar.update()
            if window and not window.show_until_key(drawn):
                window = None

    for file in nobody[:3]:
        print(f"nobody found in {file}, which is written as it is")
    if len(nobody) > 3:
        print(f"nobody found in {len(nobody) - 3} more")
    if source.problem:
        print(f"warning: {source.problem}", file=sys.stderr)
    if args.json:
        set_aside(args.json)
        joints = plain_keypoints(inferencer.keypoints)
        dump_json({"keypoints": joints, "pictures": results}, args.json)
    scores = [
        score
        for result in results
        for person in result["people"]
        for _, _, score in person["keypoints"]
    ]
    if scores and max(scores) < args.joint_thr:
        print(
            f"warning: no joint is drawn: the best scores {max(scores):.2f}; lower --joint-thr",
            file=sys.stderr,
        )
    people = sum(len(result["people"]) for result in results)
    counted = "1 person" if people == 1 else f"{people} people"
    if len(results) == 1:
        print(f"{counted} in the picture: {targets[Path(results[0]['image'])]}")
    else:
        print(f"{counted} in {len(results)} pictures: {args.out}")


def result_of(file: Path, found: Prediction) -> dict[str, Any]:
    """What --json holds of a picture; people as in `models.inference.results_form`."""
    from models.inference.results_form import plain_person

    height, width = found.image.shape[:2]
    people = [plain_person(person) for person in found.people]
    return {"image": str(file), "width": width, "height": height, "people": people}


if __name__ == "__main__":
    run_tool(main)
