"""What a source of pictures is: frames one after the other, and what is known of them before."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import cv2
import numpy as np

#: how a picture or a camera may be called: (H, W, 3) BGR, a path, an address, a camera's number
Given = np.ndarray | str | os.PathLike | int


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes:
        name: by which box files know it: the file's path, of a video the file's name and the
            frame's index, "walk.mp4/000012"; empty for an array.
        index: its place in the source, from 0.
        image: (H, W, 3) uint8, BGR.
        seconds: when it was taken, since the first frame; None where pictures have no time.
    """

    name: str
    index: int
    image: np.ndarray
    seconds: float | None = None


class Source(ABC):
    """An iterator of frames that is closed at its end; it runs once.

    Attributes:
        name: what it is to the user: a path, an address, "camera 0".
        fps: frames per second, or None where pictures have no time.
        size: (w, h) in pixels of all frames, or None where they may differ.
        total: how many frames there should be, or None where nobody knows.
        is_live: whether frames come in their own time, and are lost when not taken.
        problem: after the end, what was wrong with the frames that did not come; None if nothing.
    """

    name: str = ""
    fps: float | None = None
    size: tuple[int, int] | None = None
    total: int | None = None
    is_live: bool = False
    problem: str | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._frames()
        finally:
            self.close()

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:  # noqa: B027 - most have nothing to let go
        """Let the file or the device go; may be called twice."""

    @abstractmethod
    def _frames(self) -> Iterator[Frame]:
        """The frames; runs once."""


def quiet_opencv() -> None:
    """Silence what OpenCV and its FFmpeg write to stderr; our errors say what is wrong.

    Heard from neither: "moov atom not found", "can't open camera by index", each damaged block of
    a video. Who wants to hear it sets OPENCV_LOG_LEVEL or OPENCV_FFMPEG_LOGLEVEL.
    """
    # FFmpeg's level is read when the first video is opened, OpenCV's own when cv2 is imported
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # AV_LOG_QUIET
    if "OPENCV_LOG_LEVEL" not in os.environ and hasattr(cv2, "utils"):
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
