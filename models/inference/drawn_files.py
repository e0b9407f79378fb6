"""Where the drawings of pictures are written, so that no two meet and no original is lost."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.runtime.files import set_aside
from models.visualization import write_picture

_WRITTEN = (".jpg", ".jpeg", ".png", ".bmp", ".webp")


def drawings_of(pictures: Sequence[Path], out: str | Path) -> dict[Path, Path]:
    """Picture → file for its drawing.

    In a folder drawings have the names of the pictures, below the folder that the pictures share;
    formats that few can show become png.

    Args:
        pictures: files.
        out: a folder; or, for one picture, a file by its ending.

    Raises:
        ValueError: one file for several pictures, or a drawing would replace a picture.
    """
    out = Path(out)
    if out.suffix.lower() in _WRITTEN and not out.is_dir():
        if len(pictures) > 1:
            raise ValueError(
                f"--out {out} is one file, for {len(pictures)} pictures; name a folder"
            )
        targets = {pictures[0]: out}
    else:
        if out.is_file():
            raise ValueError(
                f"--out {out} is a file; name a folder, or a picture ({', '.join(_WRITTEN)})"
            )
        shared = os.path.commonpath([path.absolute().parent for path in pictures])
        targets = {path: out / _shown(path.absolute().relative_to(shared)) for path in pictures}
    originals = {path.resolve() for path in pictures}
    for target in targets.values():
        if target.resolve() in originals:
            raise ValueError(f"--out would replace the picture {target}; name another place")
    return targets


def write_drawing(path: Path, image: np.ndarray) -> None:
    """Write a picture; an older file of its name is kept under another.

    Args:
        path: file, whose ending tells the format.
        image: (H, W, 3) uint8, BGR.
    """
    set_aside(path)
    write_picture(path, image)


def _shown(path: Path) -> Path:
    return path if path.suffix.lower() in _WRITTEN else path.with_name(f"{path.name}.png")
