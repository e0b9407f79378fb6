"""Draw what runs logged as curves, or tell how long their iterations took.

    analyze_logs.py plot_curve work_dirs/a work_dirs/b --keys loss acc_pose AP --out curves.png
    analyze_logs.py cal_train_time work_dirs/a

A run is a .log.json or a run folder; the logs of a run that was resumed are joined.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import run_tool


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    tasks = parser.add_subparsers(dest="task", required=True)
    plot = tasks.add_parser("plot_curve", help="draw curves")
    plot.add_argument("runs", nargs="+", metavar="LOG", help=".log.json file or run folder")
    plot.add_argument(
        "--keys",
        nargs="+",
        metavar="KEY",
        help="what to draw, a panel each: mse_loss, acc_pose, lr, time, AP, PCKh …; default: "
        "loss, acc_pose and the validation's main score, where all runs have them",
    )
    plot.add_argument("--legend", nargs="+", metavar="NAME", help="what the runs are called")
    plot.add_argument("--title", help="over the whole picture")
    plot.add_argument(
        "--out", type=Path, default=Path("curves.png"), help=".png, .svg, .pdf or .jpg"
    )
    time = tasks.add_parser("cal_train_time", help="tell how long iterations and epochs took")
    time.add_argument("runs", nargs="+", metavar="LOG", help=".log.json file or run folder")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.analysis.logs import read_log, train_time
    from models.analysis.plot import plot_curves
    from models.analysis.scores import main_score, metrics_of, scores_of_entry

    logs = [read_log(run) for run in args.runs]
    if args.task == "plot_curve":
        keys = args.keys
        if keys is None:
            validated = dict.fromkeys(k for entry in logs[0].val for k in scores_of_entry(entry))
            main = main_score(validated, metrics_of(None))
            wanted = ("loss", "acc_pose", *(main[:1] if main else ()))
            keys = [k for k in wanted if all(k in log.keys for log in logs)]
            if not keys:
                raise ValueError("the runs logged nothing in common yet; name --keys")
        plot_curves(logs, keys, args.out, args.legend, args.title)
        print(f"Curves of {', '.join(keys)}: {args.out}")
        return
    for log in logs:
        time = train_time(log)
        print(f"{log.name}:")
        print(
            f"  mean iteration  {time.iteration:.4f} s, of it waiting for data {time.loading:.4f}"
        )
        print(f"  slowest epoch   {time.slowest[0]}: {time.slowest[1]:.4f} s an iteration")
        print(f"  fastest epoch   {time.fastest[0]}: {time.fastest[1]:.4f} s an iteration")
        print(f"  spread          {time.spread:.4f} s between epochs (standard deviation)")
        print(f"  training so far {time.total / 3600:.2f} h, without validation")


if __name__ == "__main__":
    run_tool(main)
