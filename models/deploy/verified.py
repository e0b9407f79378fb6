"""Exporting with a check: a file stands under its name only if it answers what the network does."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from torch import Tensor, nn

from models.deploy.agreement import Agreement, compare
from models.deploy.engines import load_engine
from models.deploy.export import write_model
from models.runtime.files import publish


def export_verified(
    network: nn.Module,
    path: Path,
    input_size: tuple[int, int],
    format: str,
    crops: Tensor,
    tolerance: float,
    dynamic_batch: bool = False,
    half: bool = False,
    set_aside: Callable[..., Path | None] = lambda *paths: None,
) -> tuple[list[Path], Agreement]:
    """Write a model file, load it, and compare its answers with the network's.

    Args:
        network: a top-down network with its weights; it is left in eval mode.
        path: where the file is to be.
        input_size: (w, h) of crops.
        format: one of `models.deploy.FORMATS`.
        crops: normalised crops (B, 3, H, W) to compare on.
        tolerance: largest difference of heatmaps, relative to their highest value.
        dynamic_batch: leave the number of crops open, else it is 1.
        half: weights in float16.
        set_aside: what moves earlier files out of the way, see `models.runtime.files`.

    Returns:
        All files written, and how they agree.

    Raises:
        ValueError: the answers differ by more than the tolerance; nothing is written.
        ImportError: what runs the file is not installed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export_", dir=path.parent) as folder:
        files = write_model(
            network, Path(folder, path.name), input_size, format, dynamic_batch, half
        )
        agreement = compare(load_engine(files[0]), network, crops)
        if agreement.relative > tolerance:
            raise ValueError(
                f"the {format} file's heatmaps differ from the network's by "
                f"{agreement.relative:.1e} of the highest value, more than {tolerance:.0e}; "
                "nothing is written: export without --half, or allow more with --tolerance"
            )
        written = [path.with_name(file.name) for file in files]
        set_aside(*written)
        # The file that names a model comes last, when what it refers to is there.
        for file, target in zip(reversed(files), reversed(written), strict=True):
            publish(file, target)
    return written, agreement
