"""Where poses are compared: a *cell* is one image and one category of a COCO ground truth."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Cells:
    """The images and categories of a ground truth, numbered in the order of their ids.

    Cells are numbered category by category and, within one, image by image: the order in which
    COCO's evaluation merges the scores of different images, which decides between equal ones.

    Attributes:
        images: id → number.
        categories: id → number.
    """

    images: Mapping[Hashable, int]
    categories: Mapping[Hashable, int]

    @classmethod
    def of(cls, ground_truth: Mapping[str, Any]) -> Cells:
        """Those of the content of a COCO json.

        Raises:
            KeyError: it lists no images or no categories.
        """
        numbered = []
        for key in ("images", "categories"):
            if key not in ground_truth:
                raise KeyError(f"the annotation file has no '{key}'; add the list, each with 'id'")
            ids = sorted({entry["id"] for entry in ground_truth[key]})
            numbered.append({entry: number for number, entry in enumerate(ids)})
        return cls(*numbered)

    def numbers(self, images: Sequence[Hashable], categories: Sequence[Hashable]) -> np.ndarray:
        """The cell (N,) int64 of each of N pairs of ids; −1 where one of the two is not listed."""
        image = np.array([self.images.get(i, -1) for i in images], dtype=np.int64)
        category = np.array([self.categories.get(c, -1) for c in categories], dtype=np.int64)
        known = (image >= 0) & (category >= 0)
        return np.where(known, category * len(self.images) + image, -1)
