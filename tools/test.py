"""Test a checkpoint on a config's test set.

COCO configs test on a detector's boxes, the protocol of the published tables; the AP printed
while training is on ground-truth boxes and about 2 points higher. Set
--cfg-options data.test.data_cfg.use_gt_bbox=True to test on those here.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.deploy.exported import engine_names
from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument(
        "checkpoint",
        help="checkpoint file, or an exported model (.onnx, .xml, .torchscript or .param, see "
        "tools/deployment/export.py)",
    )
    parser.add_argument("--out", type=Path, help="write the raw results to this .json file")
    parser.add_argument(
        "--work-dir", help="folder of result files; default: work_dirs/<config name>"
    )
    parser.add_argument(
        "--eval",
        nargs="+",
        metavar="METRIC",
        help="one or several of mAP (COCO), PCKh (MPII), PCK, AUC, EPE, NME, or of your own; "
        "default: what the config's evaluation names",
    )
    add_trust_checkpoint(parser)
    parser.add_argument(
        "--skip-bad-images",
        action="store_true",
        help="leave out images that cannot be read, and list them in skipped_images.json",
    )
    parser.add_argument("--batch-size", type=int, help="boxes in one forward pass")
    parser.add_argument(
        "--average_clips",
        choices=["score", "prob"],
        help="how the original and the flipped view are averaged: heatmaps as they are, or after "
        "a spatial softmax each; default: as the config says",
    )
    parser.add_argument(
        "--fuse-conv-bn",
        action="store_true",
        help="fold batch norms: every engine but 'eager' does, with this option or without",
    )
    parser.add_argument(
        "--engine",
        help=f"what runs the network, equal up to rounding: {', '.join(engine_names())}, one "
        "of your own from a file in the config's custom_imports, or 'eager', the network as it is "
        "trained; default: torch, or what runs the exported model",
    )
    parser.add_argument(
        "--launcher",
        choices=["none", "pytorch", "slurm", "mpi"],
        default="none",
        help="what started the processes",
    )
    parser.add_argument("--proc_per_gpu", type=int, default=1, help="processes that share one GPU")
    parser.add_argument(
        "--gpu_collect",
        "--gpu-collect",
        action="store_true",
        help="collect results through the process group instead of files",
    )
    parser.add_argument("--tmpdir", help="folder, seen by all processes, to collect results in")
    parser.add_argument(
        "--local_rank", "--local-rank", type=int, help="set by older launchers; torchrun sets none"
    )
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.out and args.out.suffix != ".json":
        parser.error(f"--out {args.out}: the name must end in .json")
    if args.batch_size is not None and args.batch_size < 1:
        parser.error(f"--batch-size {args.batch_size}: must be 1 or more")
    if args.fuse_conv_bn and args.engine == "eager":
        parser.error("--fuse-conv-bn asks for the inference form, --engine eager for the other one")
    if args.local_rank is not None:
        os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    import torch
    from mmcv.runner import get_dist_info

    from models.datasets import build_dataloader
    from models.datasets.contract import metric_options, options_for
    from models.deploy import build_engine, engine_for, find_engine, is_exported, load_engine
    from models.engine.checks import loader_settings
    from models.engine.evaluation import Evaluation
    from models.engine.parallel import choose_device
    from models.engine.skipped import report_skipped
    from models.engine.start import set_up_libraries
    from models.networks import build_network, build_split
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config
    from models.runtime.dist import end_processes, init_processes
    from models.runtime.files import check_writable, dump_json, set_aside
    from models.runtime.log import open_log

    cfg = load_config(args.config, args.cfg_options)
    name = engine_for(args.checkpoint, args.engine)
    on_gpu = name == "eager" or find_engine(name).on_gpu
    work_dir = Path(args.work_dir or cfg.get("work_dir") or f"work_dirs/{Path(args.config).stem}")
    backend = (cfg.get("dist_params") or {}).get("backend")
    distributed = init_processes(args.launcher, backend, args.proc_per_gpu)
    open_log(level=cfg.get("log_level", "INFO"))
    set_up_libraries(cfg)
    first = get_dist_info()[0] == 0
    if first:  # rather than after the test
        check_writable(work_dir)
        if args.out:
            check_writable(args.out.parent)

    if args.average_clips:
        cfg.model.setdefault("test_cfg", {})["average_clips"] = args.average_clips
    device = choose_device(distributed) if on_gpu else torch.device("cpu")
    network = build_network(cfg, pretrained=False).to(device).eval()
    if is_exported(args.checkpoint):
        if name == "eager":
            raise ValueError(f"there is no engine 'eager' for the exported model {args.checkpoint}")
        forward = load_engine(args.checkpoint, name, device, input_size=network.input_size)
    else:
        load_checkpoint(network, args.checkpoint, args.trust_checkpoint)
        forward = None
        if name != "eager":
            forward = build_engine(network, name, network.input_size, device)

    more = {"skip_bad_images": True} if args.skip_bad_images else {}
    dataset = build_split(cfg, "test", network, **more)
    names, options = metric_options(cfg.get("evaluation") or {})
    names = args.eval or names
    metrics = dataset.metrics(names, str(work_dir), **options_for(dataset, names, options))
    evaluation = Evaluation(metrics, keep=args.out is not None)
    settings = loader_settings(cfg, "test")
    if args.batch_size:
        settings["samples_per_gpu"] = args.batch_size
    loader = build_dataloader(dataset, dist=distributed, each_once=True, **settings)
    if forward is not None and network.input_size is not None:
        width, height = network.input_size
        begin = time.perf_counter()
        views = network.num_views * settings["samples_per_gpu"]
        forward(torch.zeros(views, 3, height, width, device=device))
        if first:
            print(f"Engine ready after {time.perf_counter() - begin:.1f} s", file=sys.stderr)
    evaluation.run(network, loader, forward)
    evaluation.collect(args.tmpdir, args.gpu_collect)
    end_processes()
    if not first:
        return
    report_skipped(evaluation.skipped, work_dir)
    if args.out:
        aside = set_aside(args.out)
        if aside:
            print(f"The earlier {args.out} is kept as {aside}")
        dump_json(evaluation.predictions, args.out)
        print(f"Raw results: {args.out}")
    for metric in evaluation.metrics:
        for file in metric.files:
            set_aside(work_dir / file)
    scores = evaluation.scores()
    if scores:
        print(dataset.tested_on)
    for name, value in scores.items():
        print(f"{name}: {value:.4f}")
    if not scores:
        print(f"No labels to compare with: results written to {work_dir}, nothing evaluated")


if __name__ == "__main__":
    run_tool(main)
