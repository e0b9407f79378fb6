"""Pictures as a source: an array, a file, several files, a folder, a pattern."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from models.inference.source import Frame, Source
from models.runtime.jpeg import is_cut_short

PICTURES = (".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
"""Suffixes of the files that are taken for pictures."""


class ArraySource(Source):
    """One picture that is in memory already.

    Args:
        image: (H, W, 3) uint8, BGR; (H, W) grey is made BGR.

    Raises:
        ValueError: it is something else.
    """

    def __init__(self, image: np.ndarray) -> None:
        if image.dtype != np.uint8 or not (
            image.ndim == 2 or (image.ndim == 3 and image.shape[2] == 3)
        ):
            raise ValueError(
                f"a picture is an array (H, W, 3) of uint8, BGR; got {image.shape} of {image.dtype}"
            )
        if not image.size:
            raise ValueError(f"the picture is empty: its shape is {image.shape}")
        self.name = "array"
        self.total = 1
        self.image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        self.size = (image.shape[1], image.shape[0])

    def _frames(self) -> Iterator[Frame]:
        yield Frame("", 0, self.image)


class PictureSource(Source):
    """Picture files in a given order.

    Of one file an error tells that it cannot be read; of several, the bad ones are left out, and
    `problem` names them.

    Args:
        files: the files, at least one.
        name: what they are to the user.
        upright: turn photographs as their EXIF tag says.
    """

    def __init__(self, files: Sequence[Path], name: str, upright: bool = True) -> None:
        self.files = list(files)
        self.name = name
        self.total = len(self.files)
        self.upright = upright

    def _frames(self) -> Iterator[Frame]:
        bad: list[Exception] = []
        for index, path in enumerate(self.files):
            try:
                image = read_picture(path, self.upright)
            except (ValueError, OSError) as error:
                if len(self.files) == 1:
                    raise
                bad.append(error)
                continue
            yield Frame(str(path), index, image)
        if len(bad) == len(self.files):
            raise ValueError(
                f"none of the {len(bad)} pictures of {self.name} can be read: {bad[0]}"
            )
        if bad:
            self.problem = f"{len(bad)} of {len(self.files)} pictures were left out: {bad[0]}" + (
                " (and others)" if len(bad) > 1 else ""
            )


def read_picture(path: str | Path, upright: bool = True) -> np.ndarray:
    """Read a picture as (H, W, 3) uint8, BGR.

    Args:
        path: file in any format that OpenCV reads.
        upright: turn it as its EXIF tag says, as every viewer of photographs does. Data sets are
            read without (`models.pipelines.loading`): they annotate the pixels as stored.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is empty, cut short or no picture.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"image {path} does not exist; check the path")
    data = path.read_bytes()  # OpenCV's own reading fails at some paths on some systems
    if not data or is_cut_short(data):
        raise ValueError(f"image {path} is {'cut short' if data else 'empty'}; fetch it anew")
    flags = cv2.IMREAD_COLOR | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if image is None:
        raise ValueError(f"image {path} cannot be decoded: no picture, or damaged; fetch it anew")
    return image


def pictures_in_folder(folder: Path) -> list[Path]:
    """The pictures of a folder, without those of folders in it, in natural order.

    Raises:
        ValueError: there are none.
    """
    found = [path for path in folder.iterdir() if is_picture(path)]
    if not found:
        raise ValueError(
            f"folder {folder} holds no picture ({', '.join(PICTURES)}); name a folder that does, "
            "or a pattern like 'folder/**/*.jpg'"
        )
    return sorted(found, key=natural)


def pictures_of_pattern(pattern: str) -> list[Path]:
    """The pictures that a glob pattern matches ("**" enters folders), in natural order.

    Raises:
        FileNotFoundError: it matches nothing.
        ValueError: it matches no picture.
    """
    matched = [Path(path) for path in glob.glob(pattern, recursive=True)]
    if not matched:
        raise FileNotFoundError(f"pattern {pattern} matches nothing; check it, and quote it")
    found = [path for path in matched if is_picture(path)]
    if not found:
        raise ValueError(
            f"pattern {pattern} matches {len(matched)} files but no picture "
            f"({', '.join(PICTURES)}); name a video by its whole path"
        )
    return sorted(found, key=natural)


def is_picture(path: Path) -> bool:
    """Whether a file is a picture by its name; hidden ones ("._1.jpg") are not meant."""
    return path.suffix.lower() in PICTURES and not path.name.startswith(".") and path.is_file()


def natural(path: Path) -> list[tuple]:
    """Sort key by which 2.jpg comes before 10.jpg."""
    return [
        (0, int(part), part) if part.isdigit() else (1, part.casefold(), part)
        for part in re.split(r"(\d+)", str(path))
    ]
