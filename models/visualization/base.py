"""The visualizer contract: predictions beside their ground truth, for people to look at.

Examples of a validation and the worst cases of a report are drawn by it, whatever the task is.
Members are in `models.visualization.visualizers`; those of a user's own file register in
`models.builder.VISUALIZERS`, and a data set names its own as `visualizer`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from models.evaluation.examples import Compared


class Visualizer(ABC):
    """Draws the predictions of one data set.

    Args:
        dataset: that was tested.

    Attributes:
        note: how its images are to be read, for those who see several.
    """

    note: ClassVar[str] = "Predictions beside their ground truth."

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    @abstractmethod
    def compare(self, results: Iterable[Mapping[str, Any]]) -> Compared | None:
        """Judge each prediction by itself; None where there is nothing to compare with.

        Args:
            results: the predictions, as the network's `postprocess` gives them.
        """

    @abstractmethod
    def draw(self, compared: Compared, i: int, caption: Sequence[str] = ()) -> np.ndarray:
        """The i-th prediction beside its ground truth: (H, W, 3) uint8, BGR.

        Args:
            compared: from `compare`.
            i: which.
            caption: lines of text below.

        Raises:
            BadImage: its image cannot be read.
        """

    def alternative(self, compared: Compared, i: int) -> str:
        """What an image shows, for those who do not see it."""
        return f"A prediction in {Path(str(compared.images[i])).name} beside its ground truth"
