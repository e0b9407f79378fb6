"""Videos, cameras and streams as a source."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from models.inference.source import Frame, Source, quiet_opencv

FPS = 25.0
"""Frames per second of a camera or stream that does not tell its own."""


class VideoSource(Source):
    """The frames of a video file, or of a file behind an address, each of them once.

    A damaged video gives the frames before the damage; `problem` tells what was missing.

    Args:
        capture: an opened video.
        name: what it is to the user.
        title: what its frames are called after.
    """

    def __init__(self, capture: cv2.VideoCapture, name: str, title: str) -> None:
        self.name, self.title = name, title
        self._capture = capture
        self.fps = _frame_rate(capture)
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.total = int(count) if count > 0 else None
        # The first frame is read now, so that a file without any is an error before work begins.
        done, self._first = capture.read()
        if not done:
            capture.release()
            raise ValueError(
                f"video {name} has no frame that can be decoded; it is damaged, or of a kind that "
                "this OpenCV cannot read: fetch it anew or convert it to mp4"
            )
        self.size = (self._first.shape[1], self._first.shape[0])

    def close(self) -> None:
        self._capture.release()

    def _frames(self) -> Iterator[Frame]:
        image, index = self._first, 0
        self._first = None
        while image is not None:
            yield Frame(f"{self.title}/{index:06d}", index, image, index / self.fps)
            done, image = self._capture.read()
            image, index = (image if done else None), index + 1
        # Containers that tell a duration only give a count that is off by a few.
        if self.total and self.total - index > max(2, 0.02 * self.total):
            self.problem = (
                f"video {self.name} breaks off after {index} of {self.total} frames; it is damaged "
                "or cut short: fetch it anew"
            )


class LiveSource(Source):
    """The newest frame of a camera or an endless stream, whenever one is asked for.

    A thread takes frames as they come and keeps the last: who works slower than the camera misses
    frames, and does not fall behind the present.

    Args:
        capture: an opened camera or stream.
        name: what it is to the user.
        title: what its frames are called after.
        timeout: seconds without a frame after which the source is over.
    """

    is_live = True

    def __init__(
        self, capture: cv2.VideoCapture, name: str, title: str, timeout: float = 10.0
    ) -> None:
        self.name, self.title, self.timeout = name, title, timeout
        self._capture = capture
        capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self.fps = _frame_rate(capture)
        done, first = capture.read()
        if not done:
            capture.release()
            raise ValueError(
                f"{name} opens but gives no picture; another program may be using it, or the "
                "sender has stopped"
            )
        self.size = (first.shape[1], first.shape[0])
        self._news = threading.Condition()
        self._newest: tuple[np.ndarray, float] | None = (first, time.monotonic())
        self._over = False
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with self._news:
            self._over = True
        if self._thread is not threading.current_thread():
            self._thread.join(timeout=self.timeout)

    def _watch(self) -> None:
        while not self._over:
            done, image = self._capture.read()
            with self._news:
                self._over = self._over or not done
                if done:
                    self._newest = (image, time.monotonic())
                self._news.notify()
        self._capture.release()  # here, as OpenCV's captures belong to one thread at a time

    def _frames(self) -> Iterator[Frame]:
        index, start = 0, None
        while True:
            with self._news:
                self._news.wait_for(lambda: self._newest or self._over, self.timeout)
                if self._newest is None:
                    self.problem = f"{self.name} stopped giving pictures after {index} frames"
                    return
                (image, taken), self._newest = self._newest, None
            start = taken if start is None else start
            yield Frame(f"{self.title}/{index:06d}", index, image, taken - start)
            index += 1


def open_video(path: Path, upright: bool = True) -> VideoSource:
    """Open a video file.

    Args:
        path: the file.
        upright: turn a telephone's video as it says.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no video, or none of its frames can be decoded.
    """
    if not path.is_file():
        raise FileNotFoundError(f"video {path} does not exist; check the path")
    quiet_opencv()
    capture = cv2.VideoCapture(str(path), _file_backend())
    if not capture.isOpened():
        what = "is empty" if not path.stat().st_size else "cannot be opened"
        raise ValueError(
            f"video {path} {what}; it is cut short, or neither a video nor a picture: fetch it anew"
        )
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, float(upright))
    return VideoSource(capture, str(path), path.name)


def open_camera(number: int) -> LiveSource:
    """Open a camera of this machine.

    Raises:
        ValueError: there is none of that number, or it gives no picture.
    """
    quiet_opencv()
    capture = cv2.VideoCapture(number) if number >= 0 else cv2.VideoCapture()
    if not capture.isOpened():
        raise ValueError(
            f"there is no camera {number}, or it may not be used; cameras count from 0 "
            f"(on Linux /dev/video{max(number, 0)}, readable to the group 'video')"
        )
    return LiveSource(capture, f"camera {number}", f"camera{number}")


def open_address(address: str, timeout: float = 10.0) -> Source:
    """Open a stream (rtsp://…), or a video file behind an address (https://…/walk.mp4).

    Args:
        address: what FFmpeg takes.
        timeout: seconds to wait for the other side, at the start and for each frame.

    Raises:
        ValueError: nothing answers there in time, or not with a video.
    """
    quiet_opencv()
    wait = int(1000 * timeout)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, wait, cv2.CAP_PROP_READ_TIMEOUT_MSEC, wait]
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, limits)
    if not capture.isOpened():
        raise ValueError(
            f"{address} does not answer with a video within {timeout:g} s; check the address, the "
            "network, and that the sender runs"
        )
    title = Path(address.partition("?")[0].rstrip("/")).name
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:  # it has an end, and waits for us
        return VideoSource(capture, address, title)
    return LiveSource(capture, address, title, timeout)


def _frame_rate(capture: cv2.VideoCapture) -> float:
    fps = capture.get(cv2.CAP_PROP_FPS)
    return float(fps) if 0.1 <= fps <= 1000 else FPS  # some drivers say 0 or 90000


def _file_backend() -> int:
    """FFmpeg where OpenCV has it: others take "walk_%02d.mp4" for a row of pictures."""
    known = cv2.videoio_registry.getBackends()
    return cv2.CAP_FFMPEG if cv2.CAP_FFMPEG in known else cv2.CAP_ANY
