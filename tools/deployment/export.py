"""Write a checkpoint as a model file for ONNX Runtime, OpenVINO or TorchScript.

The file holds the inference form of the network: normalised crops in, heatmaps out. It is compared
with the network on crops of the config's test set (of drawn people where that is not there), and
written only if it answers the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models.runtime.cli import end_on_request, run_tool
from models.runtime.options import add_cfg_options, add_trust_checkpoint

FORMATS = ("onnx", "openvino", "torchscript")


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
        help="file to write, .onnx, .xml (its .bin is put beside it) or .torchscript; default: "
        "beside the checkpoint, under its name",
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
        "files always leave it open",
    )
    parser.add_argument(
        "--half",
        action="store_true",
        help="weights in float16 (half the size), with float32 at both ends; ONNX and TorchScript "
        "compute in float16 too",
    )
    parser.add_argument(
        "--crops", type=int, default=16, help="number of crops to compare on; default: 16"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest difference of heatmaps, relative to their highest value; default: 1e-5, with "
        "--half 2e-2",
    )
    add_trust_checkpoint(parser)
    add_cfg_options(parser)
    args = parser.parse_args(argv)
    if args.crops < 1:
        parser.error(f"--crops {args.crops}: the file is compared on 1 or more")
    return args


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    end_on_request()

    from models.builder import build_posenet
    from models.deploy import SUFFIXES, export_verified
    from models.deploy.crops import crops_of_drawn_people, crops_of_test_set
    from models.posenets.normalization import network_input
    from models.runtime.checkpoint import load_checkpoint
    from models.runtime.config import load_config
    from models.runtime.files import set_aside

    cfg = load_config(args.config, args.cfg_options)
    suffix = SUFFIXES[args.format]
    path = args.out or Path(args.checkpoint).with_suffix(suffix)
    if path.suffix != suffix:
        raise ValueError(f"--out {path}: a name for --format {args.format} ends in {suffix}")
    if args.shape:
        cfg.data.test.data_cfg.image_size = args.shape[::-1]
    size = tuple(cfg.data.test.data_cfg.image_size)
    cfg.model["pretrained"] = None  # the checkpoint brings all weights
    network = build_posenet(cfg.model)
    load_checkpoint(network, args.checkpoint, args.trust_checkpoint)

    try:
        crops, source = crops_of_test_set(cfg.data.test, args.crops), "the test set"
    except FileNotFoundError as missing:
        print(f"No test set ({missing}); drawn people are taken", file=sys.stderr)
        crops = crops_of_drawn_people(args.crops, size, cfg.data.test.pipeline)
        source = "drawn people"
    crops = network_input(crops, network.normalize)  # a pipeline with keep_uint8 hands out bytes
    tolerance = args.tolerance
    if tolerance is None:
        tolerance = 2e-2 if args.half else 1e-5
    written, agreement = export_verified(
        network, path, size, args.format, crops, tolerance, args.dynamic_batch, args.half, set_aside
    )
    for file in written:
        print(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")
    print(
        f"Compared with the network on {agreement.crops} crops of {source}: heatmaps differ by "
        f"{agreement.relative:.1e} of the highest value; {agreement.joints:.2%} of joints stay "
        "within half a pixel"
    )


if __name__ == "__main__":
    run_tool(main)
