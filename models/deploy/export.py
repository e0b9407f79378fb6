"""Writing a network as a file, which keeps its name only if its output is the network's."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from models.deploy.agreement import Agreement, compare
from models.deploy.base import ExportOptions
from models.deploy.description import Description, description_path
from models.deploy.engines import TensorEngine, load_engine
from models.deploy.exported import find_exporter
from models.runtime.files import publish

Describe = Callable[[TensorEngine, list[Path], Agreement], Description | None]
"""What is asked of a file that agrees, before it gets its name: its engine, its files in a folder
for the time being, its agreement → its description. It may refuse the file by a ValueError."""


def write_model(
    network: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    format: str,
    dynamic_batch: bool = False,
    half: bool = False,
    calibration: Tensor | None = None,
) -> list[Path]:
    """Write a network as a file; nothing that is there is kept.

    Args:
        network: with its weights; left as it is.
        path: of the file; of OpenVINO's two, the .xml, of ncnn's the .param.
        input_size: (w, h) of images.
        format: a registered exporter.
        dynamic_batch: leave the number of images open, else it is 1.
        half: weights in float16.
        calibration: normalised images (N, 3, H, W); with them, convolutions are quantised to 8
            bits.

    Returns:
        All files written, the one at `path` first.

    Raises:
        ImportError: what writes the file is not installed.
        ValueError: there is no such format, or it has not what is asked for.
    """
    exporter = find_exporter(format)
    options = ExportOptions(dynamic_batch, half, calibration is not None, calibration)
    exporter.check(options)
    return exporter.write(network, path, input_size, options)


def export_verified(
    network: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    format: str,
    images: Tensor,
    tolerance: float,
    dynamic_batch: bool = False,
    half: bool = False,
    calibration: Tensor | None = None,
    describe: Describe = lambda engine, files, agreement: None,
    set_aside: Callable[..., Path | None] = lambda *paths: None,
) -> tuple[list[Path], Agreement]:
    """Write a model file, load it, and compare its output with the network's.

    Args:
        network: with its weights; it is left in eval mode.
        path: where the file is to be.
        input_size: (w, h) of images.
        format: a registered exporter.
        images: normalised images (B, 3, H, W) to compare on.
        tolerance: largest difference, relative to the network's highest value; with `calibration`
            largest share of what the network is sure of that may move (see `Network.closeness`),
            or that difference where it is not said.
        dynamic_batch: leave the number of images open, else it is 1.
        half: weights in float16.
        calibration: normalised images that the 8-bit convolutions are made for.
        describe: makes the description that is written beside the file.
        set_aside: what moves earlier files out of the way, see `models.runtime.files`.

    Returns:
        All files written, the model first, and how they agree.

    Raises:
        ValueError: the outputs differ by more than the tolerance, or `describe` refuses the file;
            nothing is written.
        ImportError: what runs the file is not installed.
    """
    found = tuple(images.shape[:1:-1])
    if found != tuple(input_size):
        sizes = ["×".join(map(str, size)) for size in (found, input_size)]
        raise ValueError(
            f"images to compare on are {sizes[0]}, the file is for {sizes[1]}; make them the same"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export_", dir=path.parent) as folder:
        files = write_model(
            network, Path(folder, path.name), input_size, format, dynamic_batch, half, calibration
        )
        engine = load_engine(files[0])
        agreement = compare(engine, network, images)
        _check(agreement, format, tolerance, half, calibration is not None)
        description = describe(engine, files, agreement)
        if description is not None:
            files.append(description.write(files[0]))
        written = [path.with_name(file.name) for file in files]
        # An earlier description goes with its model, also where there is no new one.
        set_aside(*dict.fromkeys([*written, description_path(path)]))
        # The file that names a model comes last, when what it refers to is there.
        for file, target in zip(reversed(files), reversed(written), strict=True):
            publish(file, target)
    return written, agreement


def _check(agreement: Agreement, format: str, tolerance: float, half: bool, int8: bool) -> None:
    if int8 and "sure" in agreement.closeness:
        moved = 1 - agreement.closeness["sure"]
        if not moved <= tolerance:  # NaN is no agreement
            raise ValueError(
                f"in 8 bits {moved:.2%} of what the network is sure of moves, allowed are "
                f"{tolerance:.2%}; nothing is written: export without --int8, calibrate on more "
                "of the training set, or allow more with --tolerance"
            )
    elif agreement.relative > tolerance:
        cure = "export without --half, or " if half else ""
        cure = "export without --int8, or " if int8 else cure
        raise ValueError(
            f"the {format} file's output differs from the network's by {agreement.relative:.1e} of "
            f"the highest value, more than {tolerance:.0e}; nothing is written: {cure}allow more "
            "with --tolerance"
        )
