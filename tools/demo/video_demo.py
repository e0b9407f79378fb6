"""Find, track and draw people in a video, from a camera or from a stream.

Writes a video with skeletons and numbers (--out), and what was found as json (--json, described in
models/inference/video_results.py). The detector looks every --detect-every frames, and whenever
people meet or one was lost; between, everyone is followed. Ctrl-C keeps what there is by then.
"""

from __future__ import annotations

import argparse
import sys
from collections import deque
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.deploy.exported import engine_names
from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint

if TYPE_CHECKING:
    from models.inference.follow import Followed


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file or its name, or an exported model")
    parser.add_argument("checkpoint", nargs="?", help="weights, where a config is given")
    parser.add_argument(
        "--source",
        required=True,
        help="video, number of a camera (0), address (rtsp://…), folder or pattern of pictures",
    )
    parser.add_argument("--out", type=Path, help="mp4 to write")
    parser.add_argument("--json", type=Path, help="json of the people to write")
    parser.add_argument(
        "--show", action="store_true", help="open a window; q, Esc or closing it ends"
    )
    parser.add_argument(
        "--detector",
        default="ssdlite",
        help="ssdlite or fasterrcnn of torchvision, full (one person who fills the picture), or a "
        "file of boxes (default: ssdlite)",
    )
    parser.add_argument("--detector-weights", help="file of the detector's weights")
    parser.add_argument(
        "--detect-every", type=int, default=5, metavar="N", help="frames between detections (5)"
    )
    parser.add_argument("--box-thr", type=float, default=0.3, help="least score of a box (0.3)")
    parser.add_argument("--joint-thr", type=float, default=0.3, help="least score of a joint (0.3)")
    parser.add_argument(
        "--smooth",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="One Euro filter on the joints (on)",
    )
    parser.add_argument("--style", default="sides", help="sides or openpose (sides)")
    parser.add_argument("--draw-boxes", action="store_true", help="draw boxes too")
    parser.add_argument("--max-frames", type=int, help="stop after so many")
    parser.add_argument(
        "--engine", help=f"{', '.join(engine_names())} (default: what the model is for)"
    )
    parser.add_argument("--device", help="cpu, cuda:0 …")
    add_trust_checkpoint(parser)
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if not (args.out or args.json or args.show):
        parser.error("nothing would be kept or seen: give --out, --json or --show")
    if args.max_frames is not None and args.max_frames < 1:
        parser.error(f"--max-frames {args.max_frames} leaves no frame; give 1 or more")
    if args.detect_every < 1:
        parser.error(f"--detect-every {args.detect_every} cannot be; give 1 or more")
    return args


class Tally:
    """What was seen by now."""

    def __init__(self) -> None:
        self.frames, self.people, self.seconds = 0, 0, 0.0
        self.numbers: set[int] = set()
        self.problem: str | None = None
        self._recent: deque[float] = deque(maxlen=25)

    def add(self, found: Followed) -> None:
        self.frames += 1
        self.people += len(found.people)
        self.seconds += found.took
        self._recent.append(found.took)
        self.numbers.update(p["track_id"] for p in found.people if "track_id" in p)

    @property
    def pace(self) -> float:
        """Frames a second of late."""
        return len(self._recent) / max(sum(self._recent), 1e-9)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()
    tally = Tally()
    try:
        run(args, tally)
    finally:  # what was written is whole, however the run ended
        if tally.frames:
            report(args, tally)


def run(args: argparse.Namespace, tally: Tally) -> None:
    from models.inference.follow import follow
    from models.inference.inferencer import PoseInferencer
    from models.inference.smoothing import PoseSmoother
    from models.inference.sources import open_source
    from models.inference.tracker import Tracker
    from models.inference.video_results import VideoResults
    from models.inference.video_writer import VideoWriter
    from models.inference.window import Window, check_screen
    from models.runtime.progress import progress_bar
    from models.visualization import STYLES, draw_people
    from models.visualization.speed import draw_speed

    if args.style not in STYLES:
        raise ValueError(f"style '{args.style}' is unknown; use one of {', '.join(STYLES)}")
    if args.show:
        check_screen()
    with ExitStack() as stack:
        source = stack.enter_context(open_source(args.source))
        inferencer = PoseInferencer(
            args.config,
            args.checkpoint,
            args.device,
            args.engine,
            args.detector,
            detector_weights=args.detector_weights,
            box_thr=args.box_thr,
            cfg_options=args.cfg_options,
            trust_checkpoint=args.trust_checkpoint,
        )
        keypoints = inferencer.keypoints
        fps = source.fps or 25.0
        video = args.out and stack.enter_context(VideoWriter(args.out, fps))
        results = args.json and stack.enter_context(
            VideoResults(args.json, keypoints, source.name, source.fps, source.size)
        )
        window = Window(source.name) if args.show else None
        total = min(filter(None, (source.total, args.max_frames)), default=None)
        bar = stack.enter_context(progress_bar(total, "Following", " frame"))
        for found in follow(
            islice(source, args.max_frames),
            inferencer.detect,
            inferencer.predict,
            Tracker(keypoints, score_thr=args.joint_thr),
            PoseSmoother(score_thr=args.joint_thr) if args.smooth else None,
            args.detect_every,
            fps,
        ):
            frame = found.frame
            tally.add(found)
            if results:
                results.write(frame.index, found.people, frame.seconds)
            if video or window:
                picture = draw_people(
                    frame.image,
                    found.people,
                    keypoints,
                    score_thr=args.joint_thr,
                    style=args.style,
                    boxes=args.draw_boxes,
                )
                draw_speed(picture, tally.pace)
            if video:
                video.write(picture, frame.seconds if source.is_live else None)
            if window and not window.show(picture):
                break
            bar.update()
        tally.problem = source.problem


def report(args: argparse.Namespace, tally: Tally) -> None:
    """Say what was written and seen, and what is wrong with it."""
    for path in filter(None, (args.out, args.json)):
        print(f"wrote {path}")
    print(
        f"{tally.frames} frames, {tally.people} poses, {len(tally.numbers)} people with a number; "
        f"{tally.frames / max(tally.seconds, 1e-9):.1f} frames/s without reading, drawing, writing",
        flush=True,
    )
    if tally.problem:
        print(f"warning: {tally.problem}", file=sys.stderr)
    if not tally.people:
        print(
            f"warning: nobody was found in {args.source}; try a lower --box-thr, another "
            "--detector, or --detector full",
            file=sys.stderr,
        )


if __name__ == "__main__":
    run_tool(main)
