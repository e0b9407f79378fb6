"""Measure this project against its peers on this machine, and hold it against its bars.

One process a side, sides in turns, medians and ratios with quartiles. Peers: mmpose 0.29, which
stands for the original (`pip install --no-deps mmpose==0.29.0 munkres` in an environment of its
own, named by --peer-python), and a plain export of the unmodified network in ONNX Runtime and
OpenVINO (`pip install onnx onnxruntime openvino`). What is missing is said; the rest is measured.

Writes benchmark.json (every round) and benchmark.md. The exit status is 1 if a side failed or did
not do the same work as its reference; a bar that is not met is only reported. With --readme nothing
is measured: the newest table replaces the one in a Markdown file, between the lines
<!-- benchmark:begin --> and <!-- benchmark:end -->.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.benchmark.catalogue import SECTIONS
from models.runtime.cli import end_on_request, run_tool

if TYPE_CHECKING:
    from models.benchmark.pictures import Pictures
    from models.benchmark.plan import Plan
    from models.benchmark.rounds import Pace

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"
RESULTS = "work_dirs/benchmark"


def numbers(text: str) -> tuple[int, ...]:
    """`1,16,64` → (1, 16, 64)."""
    values = tuple(int(part) for part in text.split(","))
    if min(values) < 1:
        raise ValueError
    return values


def names(text: str) -> list[str]:
    """`inference,train` → the names of sections."""
    chosen = text.split(",")
    for name in chosen:
        if name not in SECTIONS:
            raise argparse.ArgumentTypeError(
                f"no section {name!r}; choose of {', '.join(SECTIONS)}"
            )
    return chosen


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--config", type=Path, default=CONFIG, help="of a COCO-format network; default: 18, 256x192"
    )
    add("--out", type=Path, help=f"folder of the results; default: {RESULTS}/<time>")
    add("--sections", type=names, default=list(SECTIONS), help=f"of {','.join(SECTIONS)}")
    add("--batch-sizes", type=numbers, help="of inference; default: 1,16,64")
    add(
        "--train-batch-sizes",
        type=numbers,
        help="of training steps, the first one of `memory`, too; default: 16, on a GPU 64,256",
    )
    add("--rounds", type=int, help="of each side and case; default: 10")
    add(
        "--seconds-per-side",
        type=float,
        help="measured time of each side and case, all rounds together; default: 10",
    )
    add("--device", choices=["auto", "cpu", "cuda"], default="auto", help="default: a GPU if any")
    add("--threads", type=int, help="of each side; default: the cores that this process may use")
    add("--workers", type=int, default=2, help="loading processes in `test`; default: 2")
    add(
        "--peer-python", help="interpreter that can import mmpose 0.29; default: this one if it can"
    )
    add("--annotations", type=Path, help="labels of real pictures in COCO's form, with --pictures")
    add("--pictures", type=Path, help="folder of real pictures; default: pictures are drawn")
    add("--detections", type=Path, help="a detector's boxes on them; default: the labelled boxes")
    add("--smoke", action="store_true", help="a trial of seconds, tiny sizes: no times to be used")
    add("--readme", type=Path, help="measure nothing: put the table into this Markdown file")
    add("--results", type=Path, help=f"benchmark.json for --readme; default: newest in {RESULTS}")
    args = parser.parse_args(argv)
    if (args.annotations is None) != (args.pictures is None):
        parser.error("--annotations and --pictures belong together; give both or none")
    if args.detections and not args.pictures:
        parser.error("--detections are for --pictures; give those, too")
    if args.results and not args.readme:
        parser.error("--results is for --readme")
    for name in ("rounds", "threads", "seconds_per_side"):
        value = getattr(args, name)
        if value is not None and value <= 0:
            parser.error(f"--{name.replace('_', '-')} {value:g}: must be above 0")
    if args.workers < 0:
        parser.error(f"--workers {args.workers}: must be 0 or more")
    return args


def main(argv: list[str] | None = None) -> int:
    args = parse_args(argv)

    from models.benchmark.report import check_unused, newest, refresh, write

    if args.readme:
        results = args.results or newest(RESULTS)
        refresh(args.readme, results)
        print(f"{args.readme}: the table of {results}")
        return 0

    end_on_request()
    from models.benchmark.machine import describe_machine
    from models.runtime.env import git_commit

    folder = args.out or Path(RESULTS, time.strftime("%Y%m%d_%H%M%S"))
    check_unused(folder)
    with tempfile.TemporaryDirectory(prefix="benchmark_") as temporary:
        plan = make_plan(args, Path(temporary))
        machine = describe_machine(plan.threads)
        if machine["busy"]:
            print(
                f"warning: the load is {machine['load_at_start']}; times of a busy machine mean "
                "little",
                file=sys.stderr,
            )
        report: dict[str, Any] = {
            "command": shlex.join(["python", *sys.argv]),
            "commit": git_commit(),
            "date": time.strftime("%Y-%m-%d %H:%M %z"),
            "settings": settings_of(args, plan),
            "machine": machine,
            "sections": {},
        }
        for name in args.sections:
            report["sections"][name] = run_section(name, args, plan)
            text = write(report, folder)
    print(text)
    print(f"Written: {folder}/benchmark.json and benchmark.md", file=sys.stderr)
    return complain(report)


def make_plan(args: argparse.Namespace, folder: Path) -> Plan:
    """Settle what all sides share, and write the files that they read."""
    import torch

    from models.benchmark.machine import usable_cores
    from models.benchmark.network import save_weights
    from models.benchmark.peers import find_mmpose
    from models.benchmark.plan import Plan
    from models.runtime.config import load_config
    from models.runtime.config_files import find_config

    peer = find_mmpose(args.peer_python)
    cfg = load_config(str(args.config))
    if cfg.data.train.type != "TopDownCocoDataset":
        raise ValueError(
            f"{args.config} trains on {cfg.data.train.type}; the benchmark takes configs of "
            "TopDownCocoDataset"
        )
    if args.device == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: torch finds no GPU; leave the option out")
    found = "cuda" if torch.cuda.is_available() else "cpu"
    device = found if args.device == "auto" else args.device
    model = cfg.model.to_dict()
    size = (64, 64) if args.smoke else tuple(cfg.data.train.data_cfg.image_size)
    weights = folder / "weights.pth"
    save_weights(model, size, weights)
    wants_pictures = {"pipeline", "test"} & set(args.sections)
    return Plan(
        config=find_config(args.config).resolve(),
        model=model,
        sigma=float(cfg.data.train.data_cfg.get("sigma", 2)),
        optimizer=dict(cfg.optimizer),
        weights=weights,
        size=size,
        peer=peer,
        pictures=pictures_of(args, folder) if wants_pictures else None,
        batch_sizes=args.batch_sizes or ((1, 2) if args.smoke else (1, 16, 64)),
        train_batch_sizes=args.train_batch_sizes
        or ((2,) if args.smoke else (16,) if device == "cpu" else (64, 256)),
        threads=args.threads or (1 if args.smoke else usable_cores()),
        workers=args.workers,
        device=device,
        folder=folder,
        smoke=args.smoke,
    )


def pictures_of(args: argparse.Namespace, folder: Path) -> Pictures:
    """Real pictures where they are given, else drawn ones."""
    from models.benchmark.pictures import copied_pictures, drawn_pictures

    count = 4 if args.smoke else 64
    out = folder / "pictures"
    if args.pictures:
        return copied_pictures(args.annotations, args.pictures, args.detections, out, count)
    print(f"No pictures are given: drawing {count}", file=sys.stderr)
    return drawn_pictures(out, count, (160, 120) if args.smoke else (640, 480))


def settings_of(args: argparse.Namespace, plan: Plan) -> dict[str, Any]:
    """What else a reader must know, in plain values."""
    from models.benchmark.peers import INSTALL_MMPOSE

    pace = pace_of(args)
    return {
        "config": plan.config.name,
        "device": plan.device,
        "batch sizes": list(plan.batch_sizes),
        "train batch sizes": list(plan.train_batch_sizes),
        "rounds": pace.rounds,
        "seconds a side": pace.seconds,
        "mmpose": plan.peer.version or f"not here; {INSTALL_MMPOSE}",
        "pictures": plan.pictures.about if plan.pictures else "none were needed",
        "smoke": plan.smoke,
    }


def pace_of(args: argparse.Namespace) -> Pace:
    """How long to measure."""
    from models.benchmark.rounds import Pace

    if args.smoke:
        return Pace(args.rounds or 2, args.seconds_per_side or 0.02, warm_up=0, together=True)
    return Pace(args.rounds or 10, args.seconds_per_side or 10)


def run_section(name: str, args: argparse.Namespace, plan: Plan) -> dict[str, Any]:
    """Measure one section, with a bar."""
    from models.benchmark.rounds import measure
    from models.runtime.progress import progress_bar

    module = SECTIONS[name]
    with progress_bar(0, name, "step") as bar:
        if hasattr(module, "prepare"):
            bar.set_postfix_str("preparing", refresh=False)
            module.prepare(plan)
        folder = plan.folder / name
        return measure(module.SECTION, module.sides(plan), pace_of(args), plan.threads, folder, bar)


def complain(report: dict[str, Any]) -> int:
    """Name the sides that failed or disagree; the exit status."""
    status = 0
    for name, section in report["sections"].items():
        for side, facts in section["sides"].items():
            if facts["status"] in ("failed", "disagrees"):
                status = 1
                print(
                    f"error: {name}, {side} {facts['status']}: {facts['reason']}", file=sys.stderr
                )
    return status


if __name__ == "__main__":
    run_tool(lambda: sys.exit(main()))
