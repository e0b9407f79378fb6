"""Parts of a data set, ours or mmpose's: both keep their persons in a list called `db`."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np


def first_persons(dataset: Any, count: int) -> Any:
    """The data set cut to its first persons."""
    part = copy.copy(dataset)
    part.db = dataset.db[:count]
    return part


def plain_samples(dataset: Any, size: tuple[int, int], count: int = 8) -> dict[str, np.ndarray]:
    """Pictures and targets of a few persons, in an order that does not hang on the data set's.

    The crop hangs on the corner of a person's box alone: mmpose 0.29 counts the last pixel of a
    labelled box otherwise than the original and we.

    Args:
        dataset: ours or mmpose's, of a pipeline without random steps.
        size: (w, h) of the crop.
        count: persons.
    """

    def place(person: Any) -> tuple:
        name = str(person["image_file"]).rsplit("/", 1)[-1]
        return name, *np.round(np.asarray(person["bbox"][:2], dtype=float), 2).tolist()

    height = 0.75
    scale = np.array([height * size[0] / size[1], height], dtype=np.float32)
    part = copy.copy(dataset)
    part.db = [
        {**person, "center": np.array(person["bbox"][:2], np.float32) + 50, "scale": scale.copy()}
        for person in sorted(dataset.db, key=place)[:count]
    ]
    samples = [part[i] for i in range(len(part))]
    return {
        key: np.stack([np.asarray(sample[key]) for sample in samples]) for key in ("img", "target")
    }
