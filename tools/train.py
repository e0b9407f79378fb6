"""Train a network as a config says.

The run folder (--work-dir, by default work_dirs/<config name>) receives the merged config, the
log as text, json lines and TensorBoard events, run_<time>.json (command, commit, environment,
seed), and the checkpoints epoch_N.pth, latest.pth and best_<metric>_epoch_N.pth. Checkpoints that
an earlier run left in the folder are moved into a sub-folder unless that run is resumed.

SIGTERM and SIGUSR1 let the iteration end, save, and exit with status 75; --auto-resume goes on
there. Several GPUs and machines: tools/dist_train.sh, tools/slurm_train.sh.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.runtime.cli import run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint

if TYPE_CHECKING:
    from models.runtime.stop import StopRequest


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument("--work-dir", help="run folder; default: work_dirs/<config name>")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume-from", help="checkpoint of a run to go on with")
    start.add_argument("--load-from", help="checkpoint whose weights to start from (fine-tuning)")
    parser.add_argument(
        "--auto-resume",
        action="store_true",
        help="go on from the newest usable checkpoint in the run folder, if there is one",
    )
    add_trust_checkpoint(parser)
    parser.add_argument(
        "--skip-bad-images",
        action="store_true",
        help="leave out images that cannot be read, and list them in skipped_images.json",
    )
    parser.add_argument(
        "--validate",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="evaluate on the validation set while training",
    )
    device = parser.add_mutually_exclusive_group()
    device.add_argument(
        "--gpus", type=int, help="number of GPUs without a launcher: 1, or 0 for the CPU"
    )
    device.add_argument(
        "--gpu-ids", type=int, nargs="+", help="number of the GPU to use without a launcher"
    )
    parser.add_argument("--seed", type=int, help="seed of weights, order and augmentation")
    parser.add_argument(
        "--deterministic", action="store_true", help="choose repeatable cuDNN kernels"
    )
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="what started the processes",
    )
    parser.add_argument(
        "--local_rank", "--local-rank", type=int, help="set by older launchers; torchrun sets none"
    )
    parser.add_argument(
        "--autoscale-lr",
        action="store_true",
        help="scale the learning rate by processes × samples_per_gpu / (8 × the config's own)",
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from models.runtime.stop import StopRequest

    with StopRequest() as stop:
        train(args, stop)


def train(args: argparse.Namespace, stop: StopRequest) -> None:
    from mmcv.runner import get_dist_info

    from models.engine import train_model
    from models.engine.checks import check_training
    from models.engine.parallel import choose_gpu
    from models.engine.start import (
        keep_config,
        prepare_folder,
        scale_learning_rate,
        seed_of,
        set_up_libraries,
    )
    from models.networks import build_network, build_split
    from models.runtime.checkpoint import read_checkpoint
    from models.runtime.config import load_config
    from models.runtime.config_text import config_text
    from models.runtime.dist import end_processes, init_processes, restarted
    from models.runtime.env import describe_run
    from models.runtime.files import dump_json
    from models.runtime.folder import hold
    from models.runtime.log import open_log
    from models.runtime.seed import choose_seed, seed_everything
    from models.runtime.stop import Stopped, exit_status

    cfg = load_config(args.config, args.cfg_options)
    for key in ("work_dir", "resume_from", "load_from"):
        cfg[key] = getattr(args, key) or cfg.get(key)
    work_dir = Path(cfg.work_dir or f"work_dirs/{Path(args.config).stem}")
    cfg.work_dir = str(work_dir)
    # What is wrong or missing shows now, not after the data are loaded.
    check_training(cfg, args.validate)
    if cfg.load_from:
        read_checkpoint(cfg.load_from, args.trust_checkpoint)
    gpu_id = choose_gpu(args.gpus, args.gpu_ids) if args.launcher == "none" else None
    distributed = init_processes(args.launcher, (cfg.get("dist_params") or {}).get("backend"))
    rank, world_size = get_dist_info()

    timestamp = time.strftime("%Y%m%d_%H%M%S")
    if rank == 0:
        work_dir.mkdir(parents=True, exist_ok=True)
        lock = hold(work_dir)  # noqa: F841, is held until the process ends
    logger = open_log(
        work_dir / f"{timestamp}.log" if rank == 0 else None, cfg.get("log_level", "INFO")
    )
    # Processes that torchrun started again go on from what the first ones wrote.
    auto_resume = args.auto_resume or restarted()
    resume_from = prepare_folder(
        work_dir, cfg.resume_from, auto_resume, rank, args.trust_checkpoint
    )
    cfg.resume_from = None  # in the config that is kept, which others may start from

    seed = args.seed
    if resume_from:
        before = seed_of(resume_from, args.trust_checkpoint)
        if None not in (seed, before) and seed != before:
            logger.warning("The run had seed %d, it goes on with %d: other order", before, seed)
        seed = before if seed is None else seed
    seed = choose_seed(seed)
    set_up_libraries(cfg)
    seed_everything(seed, args.deterministic)
    scale_learning_rate(cfg, load_config(args.config), world_size, args.autoscale_lr)

    run = describe_run(config=args.config, seed=seed, deterministic=args.deterministic)
    if rank == 0:
        keep_config(cfg, Path(args.config).name, work_dir)
        dump_json(run, work_dir / f"run_{timestamp}.json", indent=1)
        logger.info("Run folder %s, seed %d", work_dir, seed)
    meta = {**run, "config_text": config_text(cfg)}
    cfg.resume_from = resume_from

    more = {"skip_bad_images": True} if args.skip_bad_images else {}
    model = build_network(cfg)
    dataset = build_split(cfg, "train", model, **more)
    val_dataset = build_split(cfg, "val", model, **more) if args.validate else None
    status = 0
    try:
        train_model(
            model,
            dataset,
            cfg,
            val_dataset=val_dataset,
            distributed=distributed,
            gpu_id=gpu_id,
            seed=seed,
            meta=meta,
            timestamp=timestamp,
            logger=logger,
            stop=stop,
            trust_checkpoint=args.trust_checkpoint,
        )
    except Stopped as stopped:
        logger.info("%s", stopped)
        status = exit_status(rank)
    end_processes()  # here, where no exception holds on to the run any more
    sys.exit(status)


if __name__ == "__main__":
    run_tool(main)
