"""Write a checkpoint as a model file for ONNX Runtime, OpenVINO, TorchScript or ncnn.

The file holds the inference form of the network: normalised crops in, heatmaps out. It is compared
with the network on crops of the config's test set (of drawn people where that is not there), and
written only if it answers the same; with --eval also only if it has the same AP. What is done
before and after the network is described in a json beside it. See tools/deployment/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.deploy.formats import FORMATS, INT8_FORMATS, SUFFIXES
from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument("--format", choices=FORMATS, default="onnx", help="default: onnx")
    parser.add_argument(
        "--out",
        type=Path,
        help="file to write, .onnx, .xml, .torchscript or .ncnn.param (the .bin of OpenVINO and "
        "ncnn is put beside it); default: beside the checkpoint, under its name",
    )
    parser.add_argument(
        "--shape",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="height and width of crops; default: the config's image_size",
    )
    parser.add_argument(
        "--dynamic-batch",
        action="store_true",
        help="leave the number of crops open, else it is 1, which engines run fastest; TorchScript "
        "files always leave it open, ncnn's never",
    )
    precision = parser.add_mutually_exclusive_group()
    precision.add_argument(
        "--half",
        action="store_true",
        help="weights in float16 (half the size), with float32 at both ends; ONNX and TorchScript "
        "compute in float16 too",
    )
    precision.add_argument(
        "--int8",
        action="store_true",
        help="8-bit weights and maps of the dense convolutions, ONNX and OpenVINO; calibrated on "
        "people of the training set (drawn ones where that is not there)",
    )
    parser.add_argument(
        "--calibration-crops",
        type=int,
        default=100,
        metavar="N",
        help="number of crops that --int8 is calibrated on; default: 100",
    )
    parser.add_argument(
        "--crops", type=int, default=16, help="number of crops to compare on; default: 16"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest difference of heatmaps, relative to their highest value; default: 1e-5, with "
        "--half 2e-2. With --int8: largest share of the joints that the network is sure of that "
        "may move by a cell of the heatmap; default: 0.05",
    )
    parser.add_argument(
        "--eval",
        action="store_true",
        help="test the checkpoint and the file on the config's test set, and write the file only "
        "if its score is not lower by more than --max-ap-drop",
    )
    parser.add_argument(
        "--max-ap-drop",
        type=float,
        help="what --eval allows, as a share of the whole scale; default: 0.001, for ncnn 0.005, "
        "with --int8 0.01",
    )
    add_trust_checkpoint(parser)
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.crops < 1:
        parser.error(f"--crops {args.crops}: the file is compared on 1 or more")
    if args.calibration_crops < 1:
        parser.error(f"--calibration-crops {args.calibration_crops}: 1 or more are needed")
    if args.int8 and args.format not in INT8_FORMATS:
        parser.error(f"--int8 is for --format {' and '.join(INT8_FORMATS)}, not {args.format}")
    if args.dynamic_batch and args.format == "ncnn":
        parser.error("--dynamic-batch: ncnn takes one crop at a time")
    if args.max_ap_drop is not None and not args.eval:
        parser.error("--max-ap-drop is for --eval")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.builder import build_posenet
    from models.deploy import describe, export_verified
    from models.engine.score import ScoredSet
    from models.posenets.normalization import network_input
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config
    from models.runtime.files import set_aside

    cfg = load_config(args.config, args.cfg_options)
    suffix = SUFFIXES[args.format]
    path = args.out or Path(args.checkpoint).with_suffix(suffix)
    if not path.name.endswith(suffix) or path.name == suffix:
        raise ValueError(f"--out {path}: a name for --format {args.format} ends in {suffix}")
    if args.shape:
        cfg.data.test.data_cfg.image_size = args.shape[::-1]
    size = tuple(cfg.data.test.data_cfg.image_size)
    try:
        description = describe(cfg)
    except ValueError as error:
        description = None
        print(f"No description is written beside the model: {error}", file=sys.stderr)
    if description is not None and description.undescribed_steps:
        print(
            f"The description beside the model is partial: it has no words for the steps "
            f"{', '.join(description.undescribed_steps)} of data.test.pipeline; whoever runs the "
            "model needs the config too",
            file=sys.stderr,
        )
    cfg.model["pretrained"] = None  # the checkpoint brings all weights
    network = build_posenet(cfg.model)
    load_checkpoint(network, args.checkpoint, args.trust_checkpoint)
    scored = ScoredSet(cfg) if args.eval else None

    crops, source = _crops(cfg, "test", args.crops)
    facts: dict[str, Any] = {
        "format": args.format,
        "precision": "float16" if args.half else "int8" if args.int8 else "float32",
        "batch": "any" if args.dynamic_batch or args.format == "torchscript" else 1,
        "checkpoint": {"name": Path(args.checkpoint).name, "sha256": _sha256(args.checkpoint)},
    }
    calibration = None
    if args.int8:
        calibration, whose = _crops(cfg, "training", args.calibration_crops)
        calibration = network_input(calibration, network.normalize)
        facts["calibrated"] = {"crops": len(calibration), "of": whose}

    def finish(engine, files, agreement):
        if scored is not None:
            facts["evaluated"] = scored.compare(network, engine, _max_drop(args))
        if description is None:
            return None
        facts["files"] = {
            file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)} for file in files
        }
        facts["verified"] = {
            "crops": agreement.crops,
            "of": source,
            "largest_difference_of_heatmaps": agreement.relative,
            "joints_within_half_a_pixel": agreement.joints,
            "sure_joints_within_a_cell": agreement.sure if agreement.sure >= 0 else None,
        }
        return replace(description, model=facts)

    written, agreement = export_verified(
        network,
        path,
        size,
        args.format,
        network_input(crops, network.normalize),  # a pipeline with keep_uint8 hands out bytes
        _tolerance(args),
        args.dynamic_batch,
        args.half,
        calibration,
        finish,
        set_aside,
    )
    for file in written:
        print(f"{file}: {file.stat().st_size / 2**20:.2f} MiB")
    if scored is not None:
        tested = facts["evaluated"]
        print(
            f"{tested['metric']} on {tested['persons']} persons, {tested['boxes']}: checkpoint "
            f"{tested['checkpoint']:.4f}, file {tested['file']:.4f}"
        )
    if calibration is not None:
        print(f"Calibrated on {len(calibration)} crops of {facts['calibrated']['of']}")
    print(
        f"Compared with the network on {agreement.crops} crops of {source}: heatmaps differ by "
        f"{agreement.relative:.1e} of the highest value; {agreement.joints:.2%} of joints stay "
        f"within half a pixel, {agreement.sure:.2%} of those that it is sure of within a cell of "
        "the heatmap"
    )


def _crops(cfg: Any, split: str, count: int) -> tuple[Any, str]:
    """Crops of the test or training set, or of drawn people where it is not there; and whose."""
    from models.deploy.crops import (
        crops_of_drawn_people,
        crops_of_test_set,
        crops_of_training_set,
    )

    try:
        if split == "test":
            return crops_of_test_set(cfg.data.test, count), "the test set"
        return crops_of_training_set(cfg.data, count), "the training set"
    except FileNotFoundError as missing:
        print(f"No {split} set ({missing}); drawn people are taken", file=sys.stderr)
        size = tuple(cfg.data.test.data_cfg.image_size)
        return crops_of_drawn_people(count, size, cfg.data.test.pipeline), "drawn people"


def _tolerance(args: argparse.Namespace) -> float:
    if args.tolerance is not None:
        return args.tolerance
    return 0.05 if args.int8 else 2e-2 if args.half else 1e-5


def _max_drop(args: argparse.Namespace) -> float:
    if args.max_ap_drop is not None:
        return args.max_ap_drop
    return 0.01 if args.int8 else 0.005 if args.format == "ncnn" else 0.001


def _sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


if __name__ == "__main__":
    run_tool(main)
