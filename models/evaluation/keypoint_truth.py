"""The ground truth of a data set's samples, keypoint by keypoint, and the lengths to measure by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: name of a length → the two keypoints whose distance it is
PAIRS = {
    "interocular": ("left_eye", "right_eye"),
    "torso": ("left_shoulder", "right_hip"),
}

#: all names of lengths
LENGTHS = ("bbox", "head", *PAIRS)


@dataclass(frozen=True, eq=False)
class KeypointTruth:
    """N samples with K keypoints each, in the image frame.

    Attributes:
        ids: (N,) int64, `bbox_ids` of predictions.
        images: N image files.
        keypoints: (N, K, 2) x, y.
        labelled: (N, K) bool: whether the keypoint is annotated.
        boxes: (N, 4) x, y, w, h.
        names: the K names.
        head_sizes: (N,) pixels, None where they are not annotated.
    """

    ids: np.ndarray
    images: Sequence[str]
    keypoints: np.ndarray
    labelled: np.ndarray
    boxes: np.ndarray
    names: tuple[str, ...]
    head_sizes: np.ndarray | None = None

    def lengths(self, normalize: Any) -> np.ndarray:
        """(N,) pixels of a length of each sample; 0 where it is not annotated.

        Args:
            normalize: see `check_normalize`.

        Raises:
            ValueError: the data set does not have this length.
        """
        check_normalize(normalize)
        if normalize == "bbox":
            return self.boxes[:, 2:].max(axis=1, initial=0)
        if normalize == "head":
            if self.head_sizes is None:
                raise ValueError(
                    "normalize='head' needs the sizes of heads, which this data set does not have; "
                    f"use one of {', '.join(name for name in LENGTHS if name != 'head')}, two "
                    "keypoints or a number of pixels"
                )
            return self.head_sizes
        if isinstance(normalize, (int, float)):
            return np.full(len(self.ids), float(normalize))
        ends = PAIRS[normalize] if isinstance(normalize, str) else normalize
        first, second = (self._index(end, normalize) for end in ends)
        span = self.keypoints[:, first] - self.keypoints[:, second]
        both = self.labelled[:, first] & self.labelled[:, second]
        return np.where(both, np.linalg.norm(span, axis=-1), 0)

    def _index(self, end: int | str, normalize: Any) -> int:
        known = end in self.names if isinstance(end, str) else 0 <= end < len(self.names)
        if not known:
            raise ValueError(
                f"normalize={normalize!r} needs the keypoint {end!r}, which this data set does not "
                f"have; give two of {', '.join(self.names)}, or their indices"
            )
        return self.names.index(end) if isinstance(end, str) else end


def check_normalize(normalize: Any) -> None:
    """Make sure that a value says what distances are divided by.

    Args:
        normalize: 'bbox', the longer side of the box; 'head', the size of the head;
            'interocular', between the eyes; 'torso', from left shoulder to right hip; a pair of
            keypoints, by name or index; or a number of pixels.

    Raises:
        ValueError: it is none of these.
    """
    if isinstance(normalize, str):
        good = normalize in LENGTHS
    elif isinstance(normalize, (list, tuple)):
        ends = [end for end in normalize if isinstance(end, (int, str)) and end is not True]
        good = len(ends) == len(normalize) == 2 and ends[0] != ends[1]
    else:
        good = isinstance(normalize, (int, float)) and not isinstance(normalize, bool)
        good = good and 0 < normalize < float("inf")
    if not good:
        raise ValueError(
            f"normalize={normalize!r}: use one of {', '.join(LENGTHS)}, two keypoints (names or "
            "indices) or a number of pixels above 0"
        )
