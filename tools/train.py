"""Train a network as a config says.

The run folder (--work-dir, by default work_dirs/<config name>) receives the merged config, the
log as text, json lines and TensorBoard events, run_<time>.json (command, commit, environment,
seed), and the checkpoints epoch_N.pth, latest.pth and best_<metric>_epoch_N.pth. Checkpoints that
an earlier run left in the folder are moved into a sub-folder unless that run is resumed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.runtime.cli import DictAction, run_tool

#: the published learning rates are for this many GPUs
BASE_GPUS = 8


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("--work-dir", help="run folder; default: work_dirs/<config name>")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--resume-from", help="checkpoint of a run to go on with")
    start.add_argument("--load-from", help="checkpoint whose weights to start from (fine-tuning)")
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
        help=f"scale the learning rate by batch size / ({BASE_GPUS} × the config's batch size)",
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=DictAction,
        help="overrides of the config, key=value; +key=value adds a key",
    )
    args = parser.parse_args(argv)
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)

    from mmcv.runner import get_dist_info

    from models.builder import build_dataset, build_posenet
    from models.engine import train_model
    from models.engine.parallel import choose_gpu
    from models.runtime.checkpoint import read_checkpoint
    from models.runtime.config import load_config
    from models.runtime.dist import init_processes
    from models.runtime.env import describe_run
    from models.runtime.files import dump_json
    from models.runtime.folder import set_earlier_run_aside
    from models.runtime.log import open_log
    from models.runtime.seed import choose_seed, seed_everything

    cfg = load_config(args.config, args.cfg_options)
    for key in ("work_dir", "resume_from", "load_from"):
        cfg[key] = getattr(args, key) or cfg.get(key)
    cfg.work_dir = cfg.work_dir or f"work_dirs/{Path(args.config).stem}"
    for checkpoint in filter(None, (cfg.resume_from, cfg.load_from)):
        read_checkpoint(checkpoint)  # a wrong path or file shows now, not after loading the data
    gpu_id = choose_gpu(args.gpus, args.gpu_ids) if args.launcher == "none" else None
    distributed = init_processes(args.launcher, (cfg.get("dist_params") or {}).get("backend"))
    rank, world_size = get_dist_info()

    timestamp = time.strftime("%Y%m%d_%H%M%S")
    work_dir = Path(cfg.work_dir)
    if rank == 0:
        work_dir.mkdir(parents=True, exist_ok=True)
        aside = None if cfg.resume_from else set_earlier_run_aside(work_dir)
    logger = open_log(work_dir / f"{timestamp}.log" if rank == 0 else None, cfg.log_level)
    if rank == 0 and aside:
        logger.info("Checkpoints of an earlier run were moved to %s", aside)

    seed = choose_seed(args.seed)
    seed_everything(seed, args.deterministic)
    batch = cfg.data.samples_per_gpu * world_size
    published = load_config(args.config).data.samples_per_gpu * BASE_GPUS
    if args.autoscale_lr:
        before = cfg.optimizer.lr
        cfg.optimizer.lr = before * batch / published
        logger.info("Learning rate %g × %d / %d = %g", before, batch, published, cfg.optimizer.lr)
    elif not published / 4 <= batch <= published * 4:
        logger.warning(
            "The learning rate %g is for batches of %d; this run's are of %d: consider "
            "--autoscale-lr",
            cfg.optimizer.lr,
            published,
            batch,
        )

    run = describe_run(config=args.config, seed=seed, deterministic=args.deterministic)
    if rank == 0:
        cfg.dump(str(work_dir / Path(args.config).name))
        dump_json(run, work_dir / f"run_{timestamp}.json", indent=1)
        logger.info("Run folder %s, seed %d", work_dir, seed)

    model = build_posenet(cfg.model)
    dataset = build_dataset(cfg.data.train)
    val_dataset = build_dataset(cfg.data.val, {"test_mode": True}) if args.validate else None
    train_model(
        model,
        dataset,
        cfg,
        val_dataset=val_dataset,
        distributed=distributed,
        gpu_id=gpu_id,
        seed=seed,
        meta={**run, "config_text": cfg.pretty_text},
        timestamp=timestamp,
        logger=logger,
    )


if __name__ == "__main__":
    run_tool(main)
