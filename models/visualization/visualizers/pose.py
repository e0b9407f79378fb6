"""Poses: each person twice, as annotated and as predicted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from models.builder import VISUALIZERS
from models.evaluation import BesideLabels, Compared
from models.pipelines.loading import read_image
from models.visualization.base import Visualizer
from models.visualization.comparison import draw_comparison


@VISUALIZERS.register_module()
class PoseVisualizer(Visualizer):
    """Persons of a data set that gives `beside_labels` and `keypoints`."""

    note: ClassVar[str] = (
        "Left as labelled, right as predicted, one person an image; white lines lead from joints "
        "to where they are labelled. People that no box was drawn around, and those with few "
        "labelled joints, are left out."
    )

    def compare(self, results: Iterable[Mapping[str, Any]]) -> BesideLabels | None:
        """Each prediction beside the annotation of the person in its box."""
        return self.dataset.beside_labels(results)

    def draw(self, compared: Compared, i: int, caption: Sequence[str] = ()) -> np.ndarray:
        """See `draw_comparison`."""
        return draw_comparison(
            read_image(str(compared.images[i]), "bgr"),
            compared.poses[i],
            compared.labels[i],
            self.dataset.keypoints,
            caption=tuple(caption),
        )

    def alternative(self, compared: Compared, i: int) -> str:
        """See `Visualizer.alternative`."""
        name = Path(str(compared.images[i])).name
        return f"A person in {name}: left as labelled, right as the network predicted"
