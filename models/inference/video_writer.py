"""Videos that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from models.inference.source import quiet_opencv
from models.runtime.files import publish, set_aside

CODECS = ("avc1", "mp4v")
"""H.264, which browsers play, where this OpenCV can write it; else MPEG-4, which players play."""


class VideoWriter:
    """Writes frames to an mp4 beside its place, and moves it there at the end.

    A `with` block that ends early, by Ctrl-C or an error, leaves a valid video of the frames until
    then. An earlier file of that name is kept under another. Nothing is left where no frame came.

    The first frame sets the size; sides of odd length get one more row or column, a copy of the
    last, as the codecs want even ones. Later frames of another size are fitted in.

    Args:
        path: the video to write; ends in .mp4.
        fps: frames per second.

    Raises:
        ValueError: another ending, or a frame rate that is not above 0.
        OSError: the folder cannot be written.
    """

    def __init__(self, path: str | os.PathLike, fps: float) -> None:
        self.path, self.fps = Path(path), float(fps)
        if self.path.suffix.lower() != ".mp4":
            raise ValueError(f"videos are written as mp4; let {path} end in .mp4")
        if not 0 < self.fps <= 1000:
            raise ValueError(f"a video of {fps} frames per second cannot be; give 0 to 1000")
        self.frames = 0
        self.size: tuple[int, int] | None = None
        self.set_aside: Path | None = None
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{self.path.name}.", suffix=".mp4", dir=self.path.parent
        )
        os.close(handle)
        self._temporary = Path(name)
        self._writer: cv2.VideoWriter | None = None

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def write(self, image: np.ndarray, seconds: float | None = None) -> None:
        """Add a frame.

        Args:
            image: (H, W, 3) uint8, BGR.
            seconds: its time since the first, of sources that keep no even pace: it is repeated,
                or left out, so that the video runs as time did.

        Raises:
            OSError: OpenCV can write no video there.
        """
        if self._writer is None:
            self._open(image)
        times = 1
        if seconds is not None and self.frames:
            times = max(0, round(seconds * self.fps) + 1 - self.frames)
        frame = _fitted(image, self.size) if times else image
        for _ in range(times):
            self._writer.write(frame)
        self.frames += times

    def close(self) -> None:
        """Finish the video and give it its name; may be called twice.

        Raises:
            OSError: what was written is no whole video; the disk may be full.
        """
        if not self._temporary.exists():
            return
        try:
            if self._writer is not None:
                self._writer.release()
            if self.frames:
                self._check()
                self.set_aside = set_aside(self.path)
                publish(self._temporary, self.path)
        finally:
            self._writer = None
            self._temporary.unlink(missing_ok=True)

    def _open(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        self.size = (width + width % 2, height + height % 2)
        quiet_opencv()
        for codec in CODECS:
            code = cv2.VideoWriter_fourcc(*codec)
            self._writer = cv2.VideoWriter(str(self._temporary), code, self.fps, self.size)
            if self._writer.isOpened():
                return
        raise OSError(
            f"OpenCV cannot write a video of {width}x{height} to {self.path}; reinstall "
            "opencv-python, which brings the encoder"
        )

    def _check(self) -> None:
        """OpenCV tells nothing of a write that failed: the finished file is opened once more."""
        capture = cv2.VideoCapture(str(self._temporary))
        count = int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) if capture.isOpened() else 0
        capture.release()
        if count != self.frames:
            raise OSError(
                f"{self.path} could not be written: {count} of {self.frames} frames arrived; is "
                "the disk full?"
            )


def _fitted(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The image at a size (w, h): one row or column more, or scaled between black bars."""
    (width, height), (rows, columns) = size, image.shape[:2]
    if 0 <= width - columns <= 1 and 0 <= height - rows <= 1:
        below, right = height - rows, width - columns
        if not below and not right:
            return image
        return cv2.copyMakeBorder(image, 0, below, 0, right, cv2.BORDER_REPLICATE)
    factor = min(width / columns, height / rows)
    inner = max(1, round(columns * factor)), max(1, round(rows * factor))
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    fitted = np.zeros((height, width, 3), dtype=np.uint8)
    scaled = cv2.resize(image, inner, interpolation=method)
    fitted[top : top + inner[1], left : left + inner[0]] = scaled
    return fitted
