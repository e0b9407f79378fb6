"""Draw a video of people who walk, wave and cross each other's way, with the truth about them.

Beside OUT.mp4 come OUT_boxes.json, what a person detector would answer (for video_demo.py
--detector), and OUT_truth.json, true joints with true numbers in the form that video_demo.py
--json writes (the score of a joint is its visibility, 0, 1 or 2).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import end_on_request, run_tool
from models.synthetic.video import VideoSpec, draw_video


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    default = VideoSpec()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="mp4 to write")
    parser.add_argument("--frames", type=int, default=default.frames, help="how many (150)")
    parser.add_argument("--people", type=int, default=default.people, help="how many (3)")
    parser.add_argument("--fps", type=float, default=default.fps, help="frames per second (25)")
    parser.add_argument("--seed", type=int, default=default.seed, help="what all follows from (0)")
    parser.add_argument(
        "--size", type=int, nargs=2, metavar=("W", "H"), default=default.size, help="(640 360)"
    )
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.inference.video_results import VideoResults
    from models.inference.video_writer import VideoWriter
    from models.runtime.files import dump_json
    from models.runtime.progress import progress_bar
    from models.structures import xywh_to_xyxy
    from models.structures.coco import COCO_17

    spec = VideoSpec(args.frames, args.people, tuple(args.size), args.fps, args.seed)
    boxes_file = args.out.with_name(f"{args.out.stem}_boxes.json")
    truth_file = args.out.with_name(f"{args.out.stem}_truth.json")
    boxes = {}
    with (
        VideoWriter(args.out, spec.fps) as video,
        VideoResults(truth_file, COCO_17, args.out.name, spec.fps, spec.size) as truth,
        progress_bar(spec.frames, "Drawing", " frame") as bar,
    ):
        for index, frame in enumerate(draw_video(spec)):
            video.write(frame.scene.image)
            people = [
                {"track_id": number, "bbox": xywh_to_xyxy(person.box), "keypoints": person.coco}
                for number, person in zip(frame.ids, frame.scene.people, strict=True)
            ]
            truth.write(index, people, index / spec.fps)
            boxes[str(index)] = [
                [*xywh_to_xyxy(box).tolist(), score] for box, score in frame.detections
            ]
            bar.update()
        dump_json(boxes, boxes_file)
    for path in (args.out, boxes_file, truth_file):
        print(f"wrote {path}")


if __name__ == "__main__":
    run_tool(main)
