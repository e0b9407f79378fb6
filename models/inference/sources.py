"""One door to everything that gives pictures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.inference.picture_source import (
    ArraySource,
    PictureSource,
    is_picture,
    pictures_in_folder,
    pictures_of_pattern,
    read_picture,
)
from models.inference.source import Frame, Given, Source
from models.inference.video_source import open_address, open_camera, open_video

__all__ = ["Frame", "Given", "Source", "open_source", "read_picture"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def open_source(
    source: Given | Sequence[Given], upright: bool = True, timeout: float = 10.0
) -> Source:
    """Open pictures, a video, a camera or a stream as an iterator of frames.

    Args:
        source: an array (H, W, 3) uint8 BGR; the path of a picture or a video; a folder of
            pictures; a pattern ("shots/**/*.jpg"); several paths of pictures; the number of a
            camera (0 or "0"); an address ("rtsp://…", "https://…/walk.mp4").
        upright: turn photographs and videos as they say (EXIF orientation), as every viewer does.
            Switch it off to work on the pixels as stored, the frame of COCO's annotations.
        timeout: seconds to wait for an address to answer.

    Raises:
        FileNotFoundError: no such file, or a pattern that matches nothing.
        ValueError: what is there holds no picture: an empty folder, a damaged file, no camera of
            that number, an address that does not answer. The text names the source and the cure.
    """
    if isinstance(source, np.ndarray):
        return ArraySource(source)
    if isinstance(source, (int, np.integer)):
        return open_camera(int(source))
    if isinstance(source, (list, tuple)):
        return _several(source, upright)
    text = str(source)
    if _ADDRESS.match(text):
        return open_address(text, timeout)
    path = Path(source)
    if path.is_dir():
        return PictureSource(pictures_in_folder(path), text, upright)
    if path.is_file():
        if is_picture(path):
            return PictureSource([path], text, upright)
        return open_video(path, upright)
    if text.isdigit():
        return open_camera(int(text))
    if any(sign in text for sign in "*?["):
        return PictureSource(pictures_of_pattern(text), text, upright)
    raise FileNotFoundError(
        f"source {text or '(empty)'} does not exist; give a picture, a video, a folder, a pattern "
        "('shots/*.jpg'), a camera's number, or an address (rtsp://…)"
    )


def _several(paths: Sequence[Given], upright: bool) -> Source:
    """Picture files that were named one by one, as a shell does that expands a pattern."""
    if len(paths) == 1:
        return open_source(paths[0], upright)
    if not paths:
        raise ValueError("no source is given; name a picture, a video, a folder or a camera")
    files = []
    for given in paths:
        path = Path(given) if isinstance(given, (str, Path)) else None
        if path is None or not is_picture(path):
            raise ValueError(
                f"of several sources each must be a picture file, and {given!r} is none; run once "
                "for each"
            )
        files.append(path)
    return PictureSource(files, f"{len(files)} pictures", upright)
