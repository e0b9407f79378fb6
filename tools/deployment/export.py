"""Write a checkpoint as a model file for ONNX Runtime, OpenVINO, TorchScript or ncnn.

The file holds the inference form of the network: normalised images in, its output (heatmaps) out.
It is compared with the network on images of the config's test set (of drawn people where that is
not there), and written only if its output is the same; with --eval also only if its score is. What
is done before and after the network is described in a json beside it. See
tools/deployment/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.deploy import ExportOptions
from models.registry import EXPORTERS
from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("config", help="config file, or its name (litehrnet_18_coco_256x192)")
    parser.add_argument("checkpoint", help="checkpoint file")
    parser.add_argument(
        "--format",
        default="onnx",
        help=f"{', '.join(EXPORTERS.module_dict)}, or one of your own from a file in the config's "
        "custom_imports; default: onnx",
    )
    suffixes = ", ".join(kind.suffix for kind in EXPORTERS.module_dict.values())
    parser.add_argument(
        "--out",
        type=Path,
        help=f"file to write, {suffixes} (the .bin of OpenVINO and ncnn is put beside it); "
        "default: beside the checkpoint, under its name",
    )
    parser.add_argument(
        "--shape",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="height and width of images; default: what the config says",
    )
    parser.add_argument(
        "--dynamic-batch",
        action="store_true",
        help="leave the number of images open, else it is 1, which engines run fastest; "
        "TorchScript files always leave it open, ncnn's never",
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
        "images of the training set (of drawn people where that is not there)",
    )
    parser.add_argument(
        "--calibration-crops",
        type=int,
        default=100,
        metavar="N",
        help="number of images that --int8 is calibrated on; default: 100",
    )
    parser.add_argument(
        "--crops", type=int, default=16, help="number of images to compare on; default: 16"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest difference of the output, relative to its highest value; default: 1e-5, with "
        "--half 2e-2. With --int8: largest share of the joints that the network is sure of that "
        "may move by a heatmap pixel; default: 0.05",
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
    if args.max_ap_drop is not None and not args.eval:
        parser.error("--max-ap-drop is for --eval")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.deploy import describe, export_verified
    from models.deploy.describing import verified_facts
    from models.deploy.exported import ready_exporter
    from models.engine.score import ScoredSet
    from models.networks import build_network, set_input_size
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config
    from models.runtime.files import set_aside

    cfg = load_config(args.config, args.cfg_options)
    options = ExportOptions(args.dynamic_batch, args.half, args.int8)
    exporter = ready_exporter(args.format, options)
    suffix = exporter.suffix
    path = args.out or Path(args.checkpoint).with_suffix(suffix)
    if not path.name.endswith(suffix) or path.name == suffix:
        raise ValueError(f"--out {path}: a name for --format {args.format} ends in {suffix}")
    if args.shape:
        set_input_size(cfg, (args.shape[1], args.shape[0]))
    network = build_network(cfg, pretrained=False)
    size = network.input_size
    if size is None:
        raise ValueError("neither config nor network says the size of images; give --shape H W")
    try:
        description = describe(cfg, network=network)
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
    load_checkpoint(network, args.checkpoint, args.trust_checkpoint)
    scored = ScoredSet(cfg, network) if args.eval else None

    images, source = _images(cfg, network, size, "test", args.crops)
    facts: dict[str, Any] = {
        "format": args.format,
        "precision": options.precision,
        "batch": "any" if args.dynamic_batch or exporter.dynamic_batch == "always" else 1,
        "checkpoint": {"name": Path(args.checkpoint).name, "sha256": _sha256(args.checkpoint)},
    }
    calibration = None
    if args.int8:
        calibration, whose = _images(cfg, network, size, "training", args.calibration_crops)
        facts["calibrated"] = {"crops": len(calibration), "of": whose}

    def finish(engine, files, agreement):
        if scored is not None:
            drop = args.max_ap_drop
            drop = exporter.default_score_drop(options) if drop is None else drop
            facts["evaluated"] = scored.compare(network, engine, drop)
        if description is None:
            return None
        facts["files"] = {
            file.name: {"bytes": file.stat().st_size, "sha256": _sha256(file)} for file in files
        }
        facts["verified"] = verified_facts(agreement, source)
        return replace(description, model=facts)

    tolerance = args.tolerance
    written, agreement = export_verified(
        network,
        path,
        size,
        args.format,
        images,
        exporter.default_tolerance(options) if tolerance is None else tolerance,
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
            f"{tested['metric']} on {tested['tested_on']}: checkpoint "
            f"{tested['checkpoint']:.4f}, file {tested['file']:.4f}"
        )
    if calibration is not None:
        print(f"Calibrated on {len(calibration)} images of {facts['calibrated']['of']}")
    shares = "".join(f"; {name} {share:.2%}" for name, share in agreement.closeness.items())
    print(
        f"Compared with the network on {agreement.images} images of {source}: "
        f"{network.output_name} differ by {agreement.relative:.1e} of the highest value{shares}"
    )


def _images(
    cfg: Any, network: Any, size: tuple[int, int], split: str, count: int
) -> tuple[Any, str]:
    """Normalised images of the test or training set, or what stands in for it; and whose."""
    from models.deploy.inputs import inputs_of, stand_ins
    from models.networks import network_input

    try:
        images, source = inputs_of(cfg, network, split, count), f"the {split} set"
    except FileNotFoundError as missing:
        images, source = stand_ins(cfg, network, size, count)
        print(f"No {split} set ({missing}); {source} are taken", file=sys.stderr)
    # A pipeline with keep_uint8 hands out bytes.
    return network_input(images, getattr(network, "normalize", None)), source


def _sha256(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


if __name__ == "__main__":
    run_tool(main)
