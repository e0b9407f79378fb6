"""People through a video: found now and then, tracked between, smoothed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.inference.smoothing import PoseSmoother
from models.inference.source import Frame
from models.inference.tracker import Tracker


@dataclass(frozen=True, eq=False)
class Followed:
    """A frame and who is in it: `keypoints` (K, 3), `bbox` (5,), `track_id` once it is sure."""

    frame: Frame
    people: list[dict[str, Any]]
    detected: bool
    """Whether the detector was asked."""
    took: float
    """Seconds that detector, network and tracking needed."""


def follow(
    frames: Iterable[Frame],
    detect: Callable[[np.ndarray, str], np.ndarray],
    predict: Callable[[np.ndarray, np.ndarray], list[dict[str, Any]]],
    tracker: Tracker,
    smoother: PoseSmoother | None = None,
    detect_every: int = 1,
    fps: float | None = None,
) -> Iterator[Followed]:
    """Go through a video.

    Args:
        frames: in the order of time.
        detect: image and the frame's name → boxes (N, 5), corners and score.
        predict: image and boxes → people with `keypoints` and `bbox`.
        tracker: is asked for boxes between detections.
        smoother: of the joints; none if None.
        detect_every: frames from one detection to the next. There are more where the tracker is
            unsure: where people meet, when one was just lost, and while nobody is there.
        fps: frames per second, where frames have no time of their own.

    Raises:
        ValueError: `detect_every` is below 1.
    """
    if detect_every < 1:
        raise ValueError(f"detect every {detect_every} frames cannot be; give 1 or more")
    since = detect_every
    for frame in frames:
        begin = time.perf_counter()
        boxes = tracker.boxes()
        detected = since >= detect_every or tracker.is_unsure or not len(boxes)
        since = 1 if detected else since + 1
        if detected:
            boxes = detect(frame.image, frame.name)
        people = tracker.update(predict(frame.image, boxes))
        if smoother is not None:
            seconds = frame.index / (fps or 25.0) if frame.seconds is None else frame.seconds
            people = smoother.update(people, seconds)
        yield Followed(frame, people, detected, time.perf_counter() - begin)
