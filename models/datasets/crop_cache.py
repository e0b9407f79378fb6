"""Decoded pixels on disk: what crops can reach of each picture, so that no epoch decodes a JPEG.

A cache is two files in its folder, both named after a fingerprint of the annotations and settings
that it was made for: `<fingerprint>.pixels`, raw bytes one picture after another, and
`<fingerprint>.json`, where each of them begins. Another annotation file or another setting asks for
another name, so nothing is overwritten and nothing stale is read; the index is written last, so a
cache is whole or not there. Nothing in it is ever run.

Crops are the same bit for bit: pixels are stored in full resolution, at their place in the picture
(see `crop.cut`), and where a crop reaches beyond what is stored, the file is decoded as without.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.pipelines.crop import Pixels, Region
from models.pipelines.picture import Album, BadImage, Picture
from models.runtime.files import atomic_write, dump_json, load_json, sweep
from models.runtime.folder import hold
from models.runtime.jpeg import jpeg_size
from models.runtime.names import check_keys
from models.runtime.progress import progress_bar
from models.structures import PIXEL_STD

VERSION = 1
DEFAULT_REACH = 2.0
_HEAD = 1 << 16  # bytes of a file in which its size is looked for
_CURE = "make it with tools/dataset/build_crop_cache.py CONFIG, or take crop_cache out"


class CropCache:
    """The cache of one data set: its place, its content, and how it is made.

    Args:
        settings: `dir`, the folder; and `reach`, how far from the middle of a person pixels are
            stored, in halves of the longer side of the crop. Published augmentation (shift 0.16,
            scale 1.25, any rotation) stays within 1.9 but for some crops of half a body.
        persons: the data set's `db`.
        facts: what the persons follow from besides files; plain values.
        files: annotation and detection file.

    Raises:
        KeyError: `dir` is missing, or a key is unknown.
        ValueError: a reach below 1.
    """

    def __init__(
        self,
        settings: Mapping[str, Any],
        persons: Sequence[Mapping[str, Any]],
        facts: Mapping[str, Any],
        files: Sequence[str],
    ) -> None:
        check_keys(settings, ("dir", "reach"), "crop_cache")
        if "dir" not in settings:
            raise KeyError("crop_cache has no 'dir'; give the folder of the cache")
        self.reach = float(settings.get("reach", DEFAULT_REACH))
        if not self.reach >= 1:
            raise ValueError(f"crop_cache.reach {self.reach} must be 1 or more; 2 is usual")
        self._persons = persons
        name = _fingerprint({"version": VERSION, "reach": self.reach, **facts}, files)
        self.index_file = Path(settings["dir"]) / f"{name}.json"
        self.pixel_file = self.index_file.with_suffix(".pixels")

    @property
    def exists(self) -> bool:
        """Whether it has been made."""
        return self.index_file.is_file()

    def plan(self) -> dict[str, Region | None]:
        """The region of each picture that will be stored; None where the picture cannot be read.

        Only heads of files are read, so that the size is known before anything is decoded.
        """
        reached: dict[str, list[np.ndarray]] = {}
        for person in self._persons:
            side = 0.5 * self.reach * float(np.max(person["scale"])) * PIXEL_STD
            corners = np.stack([person["center"] - side, person["center"] + side])
            reached.setdefault(person["image_file"], []).append(corners)
        plan: dict[str, Region | None] = {}
        for file, corners in reached.items():
            try:
                width, height = _size_of(file)
            except BadImage:
                plan[file] = None
                continue
            lower = np.maximum(np.floor(np.min(corners, axis=0)[0]), 0).astype(int).tolist()
            upper = np.ceil(np.max(corners, axis=0)[1]).astype(int).tolist()
            plan[file] = Region(*lower, min(upper[0], width), min(upper[1], height))
        return plan

    def build(self, plan: Mapping[str, Region | None]) -> None:
        """Decode the pictures and write both files.

        Args:
            plan: from `plan`.

        Raises:
            FileExistsError: it has been made before.
            OSError: the disk is full, or the folder cannot be written.
            ValueError: there is no room for it, or another process makes one in the folder.
        """
        folder = self.pixel_file.parent
        folder.mkdir(parents=True, exist_ok=True)
        lock = hold(folder, what="crop cache folder")
        try:
            if self.exists:
                raise FileExistsError(f"{self.index_file} exists; remove it and its .pixels first")
            sweep(folder, ".pixels")
            needed, free = size_of(plan), shutil.disk_usage(folder).free
            if needed > free:
                raise ValueError(
                    f"{folder} has no room: {needed / 1e9:.2f} GB are needed, {free / 1e9:.2f} GB "
                    "are free; choose another crop_cache.dir"
                )
            self._write(plan)
        finally:
            if lock is not None:
                lock.close()

    def _write(self, plan: Mapping[str, Region | None]) -> None:
        entries, position = {}, 0
        with (
            atomic_write(self.pixel_file) as temporary,
            open(temporary, "wb") as f,
            progress_bar(len(plan), "Crop cache", " picture") as bar,
        ):
            for file, region in plan.items():
                bar.update()
                if region is None or region.is_empty:
                    continue
                try:
                    array = Picture(file).array()
                except BadImage:  # training says so, or skips it
                    continue
                part = array[region.top : region.bottom, region.left : region.right]
                f.write(np.ascontiguousarray(part).data)
                entries[file] = {
                    "begin": position,
                    "region": list(region),
                    "size": [array.shape[1], array.shape[0]],
                    "file": _state_of(file),
                }
                position += part.size
        dump_json({"bytes": position, "pictures": entries}, self.index_file)

    def album(self) -> CachedAlbum:
        """The pictures, to be given to a pipeline.

        Raises:
            FileNotFoundError: it has not been made.
            ValueError: it is damaged, or a picture has changed since it was made.
        """
        if not self.exists:
            raise FileNotFoundError(
                f"there is no crop cache {self.index_file} for these annotations and settings; "
                f"{_CURE}"
            )
        index = load_json(self.index_file, "crop cache")
        stored = self.pixel_file.stat().st_size if self.pixel_file.is_file() else 0
        if stored != index["bytes"]:
            raise ValueError(
                f"crop cache {self.pixel_file} has {stored} bytes and not {index['bytes']}; remove "
                f"it and its .json and {_CURE}"
            )
        for file, entry in index["pictures"].items():
            if os.path.isfile(file) and _state_of(file) != entry["file"]:
                raise ValueError(
                    f"image {file} has changed since crop cache {self.index_file} was made; remove "
                    f"it and its .pixels and {_CURE}"
                )
        return CachedAlbum(self.pixel_file, index["pictures"])


def size_of(plan: Mapping[str, Region | None]) -> int:
    """Bytes that the pixels of a plan take."""
    return 3 * sum(region.pixels for region in plan.values() if region is not None)


class CachedAlbum(Album):
    """Pictures whose pixels lie in a cache; those of other files are decoded.

    Args:
        pixel_file: raw bytes.
        entries: file → begin, region, size.
    """

    def __init__(self, pixel_file: Path, entries: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__()
        self._pixel_file = pixel_file
        self._entries = entries
        self._bytes: np.ndarray | None = None

    def open(self, path: str) -> Picture | CachedPicture:
        """The picture of a file.

        Raises:
            BadImage: it is not in the cache, and the file is missing or cannot be used.
        """
        entry = self._entries.get(path)
        if entry is None:
            return super().open(path)
        if self._bytes is None:  # here and not at the start: each loading process maps it itself
            with open(self._pixel_file, "rb") as f:
                self._bytes = np.frombuffer(mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ), np.uint8)
        region = Region(*entry["region"])
        shape = (region.bottom - region.top, region.right - region.left, 3)
        begin = entry["begin"]
        array = self._bytes[begin : begin + shape[0] * shape[1] * 3].reshape(shape)
        return CachedPicture(
            Pixels(array, region.left, region.top), tuple(entry["size"]), path, super().open
        )

    def __reduce__(self) -> tuple:
        return CachedAlbum, (self._pixel_file, self._entries)


class CachedPicture:
    """A picture of which a region is in a cache; see `Picture`.

    Args:
        stored: that region.
        size: (w, h) of the picture.
        path: its file.
        decode: opens the file, where a crop reaches beyond the region.
    """

    can_be_reduced = False
    crops_only = "crop_cache"

    def __init__(
        self, stored: Pixels, size: tuple[int, int], path: str, decode: Callable[[str], Picture]
    ) -> None:
        self.stored = stored
        self.size = size
        self.path = path
        self._decode = decode

    def array(self, reduction: int = 1) -> np.ndarray:
        """All pixels, decoded from the file: what the cache is there to spare."""
        return self._decode(self.path).array(reduction)

    def pixels(self, region: Region, reduction: int = 1) -> Pixels:
        """Pixels that hold a region."""
        if self.stored.region.holds(region) or region.is_empty:
            return self.stored
        return self._decode(self.path).pixels(region, reduction)


def _fingerprint(facts: Mapping[str, Any], files: Sequence[str]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for file in files:
        with open(file, "rb") as f:
            while block := f.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()[:16]


def _size_of(file: str) -> tuple[int, int]:
    try:
        with open(file, "rb") as f:
            size = jpeg_size(f.read(_HEAD))
    except OSError:
        size = None
    return size or Picture(file).size


def _state_of(file: str) -> list[int]:
    facts = os.stat(file)
    return [facts.st_size, facts.st_mtime_ns]
