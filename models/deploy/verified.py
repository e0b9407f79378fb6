"""Exporting with a check: a file stands under its name only if it answers what the network does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from models.deploy.agreement import Agreement, compare
from models.deploy.description import Description, description_path
from models.deploy.engines import Engine, load_engine
from models.deploy.export import write_model
from models.runtime.files import publish

Describe = Callable[[Engine, list[Path], Agreement], Description | None]
"""What is asked of a file that agrees, before it gets its name: its engine, its files in a folder
for the time being, its agreement → its description. It may refuse the file by a ValueError."""


def export_verified(
    network: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    format: str,
    crops: Tensor,
    tolerance: float,
    dynamic_batch: bool = False,
    half: bool = False,
    calibration: Tensor | None = None,
    describe: Describe = lambda engine, files, agreement: None,
    set_aside: Callable[..., Path | None] = lambda *paths: None,
) -> tuple[list[Path], Agreement]:
    """Write a model file, load it, and compare its answers with the network's.

    Args:
        network: a top-down network with its weights; it is left in eval mode.
        path: where the file is to be.
        input_size: (w, h) of crops.
        format: one of `models.deploy.FORMATS`.
        crops: normalised crops (B, 3, H, W) to compare on.
        tolerance: largest difference of heatmaps, relative to their highest value; with
            `calibration` largest share of the joints that the network is sure of that may move by a
            cell of the heatmap.
        dynamic_batch: leave the number of crops open, else it is 1.
        half: weights in float16.
        calibration: normalised crops that the 8-bit convolutions are made for; see `write_model`.
        describe: makes the description that is written beside the file.
        set_aside: what moves earlier files out of the way, see `models.runtime.files`.

    Returns:
        All files written, the model first, and how they agree.

    Raises:
        ValueError: the answers differ by more than the tolerance, or `describe` refuses the file;
            nothing is written.
        ImportError: what runs the file is not installed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export_", dir=path.parent) as folder:
        files = write_model(
            network, Path(folder, path.name), input_size, format, dynamic_batch, half, calibration
        )
        engine = load_engine(files[0])
        agreement = compare(engine, network, crops)
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
    if int8:
        moved = 1 - agreement.sure
        if not moved <= tolerance:  # NaN is no agreement
            raise ValueError(
                f"in 8 bits {moved:.2%} of the joints that the network is sure of move by a cell "
                f"of the heatmap or more, allowed are {tolerance:.2%}; nothing is written: export "
                "without --int8, calibrate on more people, or allow more with --tolerance"
            )
    elif agreement.relative > tolerance:
        cure = "export without --half, or " if half else ""
        raise ValueError(
            f"the {format} file's heatmaps differ from the network's by "
            f"{agreement.relative:.1e} of the highest value, more than {tolerance:.0e}; "
            f"nothing is written: {cure}allow more with --tolerance"
        )
