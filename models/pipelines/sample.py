"""The dict that travels through a pipeline; it knows who makes the key that is missing."""

from __future__ import annotations

from typing import Any

MADE_BY = {
    "img": "LoadImageFromFile",
    "target": "TopDownGenerateTarget",
    "target_weight": "TopDownGenerateTarget",
    "crop_matrix": "TopDownAffine",
    "flipped": "TopDownRandomFlip",
    "center": "TopDownGetBboxCenterScale",
    "scale": "TopDownGetBboxCenterScale",
}


class Sample(dict):
    """A plain dict but for its answer to a missing key."""

    def __missing__(self, key: str) -> Any:
        if key in MADE_BY:
            cure = f"put {MADE_BY[key]} before the pipeline step that needs it"
        else:
            cure = f"no pipeline step makes it, so the data set must (it has {', '.join(self)})"
        raise KeyError(f"the sample has no '{key}': {cure}")
