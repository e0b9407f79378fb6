"""A picture file, read once and decoded once for everyone in it."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Protocol

import cv2
import numpy as np

from models.pipelines.crop import Pixels, Region
from models.runtime.jpeg import is_cut_short, jpeg_size

#: the finest to the coarsest resolution, as 1 / factor, at which a JPEG can be decoded
REDUCTIONS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


class BadImage(Exception):
    """An image file cannot be used; `--skip-bad-images` leaves it out."""


class MissingImage(BadImage, FileNotFoundError):
    """There is no such file."""


class UnreadableImage(BadImage, ValueError):
    """The file is empty, cut short or no picture."""


class OnlyCropsError(ValueError):
    """All pixels of an image are asked for of which only crops may be read.

    Args:
        option: what they are spared for, as a user knows it.
        reason: who asks for them.
    """

    def __init__(self, option: str, reason: str = "the whole is asked for") -> None:
        super().__init__(
            f"with {option} only crops of an image are read, but {reason}: steps before "
            "TopDownAffine may change numbers, not look at pixels; put such a step behind it, or "
            f"take {option} out"
        )
        self.option, self.reason = option, reason

    def __reduce__(self) -> tuple:
        return OnlyCropsError, (self.option, self.reason)


class ImageSource(Protocol):
    """Where pixels come from; channels blue, green, red.

    Attributes:
        size: (w, h) in pixels.
        can_be_reduced: whether decoding it at a half, a quarter or an eighth of its size costs
            less.
        crops_only: the option for whose sake nothing but crops shall be read; None for no such.
    """

    size: tuple[int, int]
    can_be_reduced: bool
    crops_only: str | None

    def array(self, reduction: int = 1) -> np.ndarray:
        """All pixels (h, w, 3) uint8, not to be written to; see `Picture.array`.

        Raises:
            BadImage: the file cannot be used.
        """

    def pixels(self, region: Region, reduction: int = 1) -> Pixels:
        """Pixels that contain a region, in the frame of the reduced image."""


class ArrayImage:
    """An image in memory.

    Args:
        image: (H, W, 3) uint8, BGR; never written to.
    """

    can_be_reduced = False
    crops_only = None

    def __init__(self, image: np.ndarray) -> None:
        self._image = image
        self.size: tuple[int, int] = image.shape[1::-1]

    def array(self, reduction: int = 1) -> np.ndarray:
        """(H, W, 3) uint8, BGR."""
        return self._image

    def pixels(self, region: Region, reduction: int = 1) -> Pixels:
        """All of it."""
        return Pixels(self._image)


class Picture:
    """An image file's bytes, decoded when asked for and then kept.

    Grey pictures get three equal channels, 16 bits are reduced to 8, transparency is dropped. The
    orientation tag of a photograph (EXIF) is not obeyed: COCO and MPII annotate the pixels as
    they are stored.

    Args:
        path: file in any format that OpenCV reads.

    Raises:
        MissingImage: there is no such file; a FileNotFoundError.
        UnreadableImage: the file is empty or cut short; a ValueError.
    """

    crops_only = None

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            with open(path, "rb") as f:
                self._data = f.read()
        except (FileNotFoundError, NotADirectoryError):
            raise MissingImage(
                f"image {path} does not exist; check img_prefix and that the images are complete"
            ) from None
        if not self._data or is_cut_short(self._data):
            problem = "cut short" if self._data else "empty"
            raise UnreadableImage(f"image {path} is {problem}; fetch it anew")
        self._decoded: dict[int, np.ndarray] = {}
        self._jpeg_size = jpeg_size(self._data)

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) in pixels as stored; of a JPEG known without decoding it.

        Raises:
            UnreadableImage: it cannot be decoded.
        """
        return self._jpeg_size or self.array().shape[1::-1]

    @property
    def can_be_reduced(self) -> bool:
        """Whether decoding it at a half, a quarter or an eighth of its size costs less."""
        return self._jpeg_size is not None

    def array(self, reduction: int = 1) -> np.ndarray:
        """(h, w, 3) uint8, channels blue, green, red; not to be written to.

        Args:
            reduction: 1, or for a JPEG 2, 4 or 8: width and height divided by it, rounded up.

        Raises:
            UnreadableImage: it cannot be decoded.
        """
        if reduction not in self._decoded:
            flags = REDUCTIONS[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
            image = cv2.imdecode(np.frombuffer(self._data, np.uint8), flags)
            if image is None:
                raise UnreadableImage(
                    f"image {self.path} cannot be decoded: no picture, or damaged; fetch it anew"
                )
            self._decoded[reduction] = image
        return self._decoded[reduction]

    def pixels(self, region: Region, reduction: int = 1) -> Pixels:
        """Pixels that hold a region, in the frame of the reduced picture: here all there are."""
        return Pixels(self.array(reduction))


class Album:
    """The pictures looked at last, so that people who follow each other share one decoding.

    Args:
        keep: how many; boxes of one picture stand next to each other in testing, in a grouped
            order, and within a batch, so two are enough.
    """

    def __init__(self, keep: int = 2) -> None:
        self.keep = keep
        self._pictures: OrderedDict[tuple, Picture] = OrderedDict()

    def open(self, path: str) -> Picture:
        """The picture of a file; read anew if the file has changed.

        Raises:
            BadImage: the file is missing or cannot be used.
        """
        try:
            facts = os.stat(path)
        except OSError:
            return Picture(path)  # says what is wrong
        key = (path, facts.st_mtime_ns, facts.st_size, facts.st_ino)
        picture = self._pictures.pop(key, None) or Picture(path)
        self._pictures[key] = picture
        if len(self._pictures) > self.keep:
            self._pictures.popitem(last=False)
        return picture

    def __reduce__(self) -> tuple:
        return Album, (self.keep,)  # a loading process begins with an empty one
