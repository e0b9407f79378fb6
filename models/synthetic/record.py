"""Draw and save a run of pictures; what is known of each is a record in json's types.

A worker process saves one chunk of pictures and then, atomically, the chunk's records: an
interrupted build finds the finished chunks and draws only the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from models.runtime.files import dump_json
from models.synthetic.camera import encode_jpeg
from models.synthetic.detector import detect
from models.synthetic.scene import Person, draw_scene, generator
from models.synthetic.spec import SyntheticSpec

CHUNK = 50
"""Pictures a worker draws before it reports."""


@dataclass(frozen=True)
class Chunk:
    """Pictures `start` to `stop` (exclusive) of a split, saved under `out`."""

    out: Path
    spec: SyntheticSpec
    split: str
    start: int
    stop: int

    @property
    def records_file(self) -> Path:
        """Where the records of the finished chunk lie until the build ends."""
        return self.out / ".parts" / f"{self.split}-{self.start:07d}-{self.stop:07d}.json"


def chunks(out: Path, spec: SyntheticSpec, split: str) -> list[Chunk]:
    """All chunks of a split, in order."""
    count = spec.count(split)
    return [
        Chunk(out, spec, split, start, min(start + CHUNK, count))
        for start in range(0, count, CHUNK)
    ]


def picture_name(index: int) -> str:
    """File name of picture `index` (from 0) of a split."""
    return f"{index + 1:06d}.jpg"


def draw_chunk(chunk: Chunk) -> Chunk:
    """Draw and save a chunk's pictures and its records. Runs in a worker process."""
    cv2.setNumThreads(0)
    records = [draw_record(chunk, index) for index in range(chunk.start, chunk.stop)]
    dump_json(records, chunk.records_file)
    return chunk


def draw_record(chunk: Chunk, index: int) -> dict[str, Any]:
    """Draw and save one picture.

    Returns:
        `index`, `width`, `height`, `people` (see `_person`) and `detections` ([x, y, w, h], score).
    """
    difficulty = chunk.spec.difficulty
    scene = draw_scene(chunk.spec, chunk.split, index)
    rng = generator(chunk.spec, chunk.split, index, purpose=1)
    low, high = difficulty.jpeg_quality
    quality = int(rng.integers(low, high + 1))
    path = chunk.out / chunk.split / picture_name(index)
    path.write_bytes(encode_jpeg(scene.image, quality))
    return {
        "index": index,
        "width": scene.size[0],
        "height": scene.size[1],
        "people": [_person(person) for person in scene.people],
        "detections": detect(scene, rng, difficulty) if chunk.split == "val" else [],
    }


def _person(person: Person) -> dict[str, Any]:
    """A person's labels as lists, coordinates rounded to a hundredth of a pixel."""
    return {
        "coco": [[round(float(x), 2), round(float(y), 2), int(v)] for x, y, v in person.coco],
        "mpii": [[round(float(x), 2), round(float(y), 2), int(v)] for x, y, v in person.mpii],
        "box": list(person.box),
        "area": person.area,
        "head_box": [[round(float(x), 2), round(float(y), 2)] for x, y in person.head_box],
    }
