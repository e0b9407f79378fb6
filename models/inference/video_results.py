"""The people of a video as json, written frame by frame.

One json object:

    {"video": {"source": "walk.mp4", "fps": 25.0, "width": 640, "height": 360},
     "keypoints": {"name": "coco", "names": ["nose", …], "skeleton": [[15, 13], …]},
     "frames": [
      {"index": 0, "seconds": 0.0, "people": [
        {"track_id": 1, "bbox": [x1, y1, x2, y2, score], "keypoints": [[x, y, score], …]}]},
      …],
     "complete": true}

Coordinates are pixels of the frame, x right, y down. `track_id` is missing until someone has been
seen often enough; `seconds` is null where pictures have no time. `complete` is false where the
run was interrupted.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from models.inference.results_form import plain_keypoints, plain_person
from models.runtime.files import publish, set_aside
from models.structures import KeypointSet


class VideoResults:
    """Writes the file beside its place, and moves it there at the end of a `with` block.

    An early end, by Ctrl-C or an error, leaves a valid file of the frames until then. An earlier
    file of that name is kept under another.

    Args:
        path: the json file.
        keypoints: the joints.
        source: what the frames are from.
        fps: frames per second, or None.
        size: (w, h) of all frames, or None where they differ.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        keypoints: KeypointSet,
        source: str,
        fps: float | None = None,
        size: tuple[int, int] | None = None,
    ) -> None:
        self.path = Path(path)
        self.frames = 0
        width, height = size or (None, None)
        head = {
            "video": {"source": source, "fps": fps, "width": width, "height": height},
            "keypoints": plain_keypoints(keypoints),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            prefix=f".{self.path.name}.", suffix=".json", dir=self.path.parent
        )
        self._temporary = Path(name)
        self._file: TextIO = open(handle, "w", encoding="utf-8")  # noqa: SIM115 - closed in close
        self._file.write(json.dumps(head)[:-1] + ', "frames": [')

    def __enter__(self) -> VideoResults:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(complete=kind is None)

    def write(
        self, index: int, people: Sequence[Mapping[str, Any]], seconds: float | None = None
    ) -> None:
        """Add a frame.

        Args:
            index: its place in the video.
            people: each with `keypoints` (K, 3) and `bbox` (4,) or (5,), perhaps `track_id`.
            seconds: its time since the first.
        """
        frame = {
            "index": index,
            "seconds": None if seconds is None else round(seconds, 4),
            "people": [plain_person(person) for person in people],
        }
        self._file.write(("," if self.frames else "") + "\n" + json.dumps(frame))
        self.frames += 1

    def close(self, complete: bool = True) -> None:
        """Finish the file and give it its name; may be called twice.

        Args:
            complete: whether all frames were written that were meant to be.
        """
        if self._file.closed:
            return
        try:
            with self._file:
                self._file.write(f'\n], "complete": {json.dumps(complete)}}}\n')
            set_aside(self.path)
            publish(self._temporary, self.path)
        finally:
            self._temporary.unlink(missing_ok=True)
