"""The numbers that the original release published, by config: what a run is held against.

COCO: val2017 with the boxes of a detector with human AP 56.4, flip test. MPII: val. Scores are
fractions.
"""

from __future__ import annotations

from collections.abc import Mapping

_COCO = ("AP", "AP .5", "AP .75", "AR")
_MPII = ("PCKh", "PCKh@0.1")

#: how the numbers were measured, by metric
PROTOCOL = {
    "AP": "COCO val2017, boxes of a detector with human AP 56.4, flip test",
    "PCKh": "MPII val",
}

#: name of the config file → score → published value
PUBLISHED: Mapping[str, Mapping[str, float]] = {
    name: dict(zip(_COCO if "_coco_" in name else _MPII, scores, strict=True))
    for name, scores in {
        "naive_litehrnet_18_coco_256x192": (0.628, 0.855, 0.699, 0.691),
        "wider_naive_litehrnet_18_coco_256x192": (0.660, 0.871, 0.737, 0.721),
        "litehrnet_18_coco_256x192": (0.648, 0.867, 0.730, 0.712),
        "litehrnet_18_coco_384x288": (0.676, 0.878, 0.750, 0.737),
        "litehrnet_30_coco_256x192": (0.672, 0.880, 0.750, 0.733),
        "litehrnet_30_coco_384x288": (0.704, 0.887, 0.777, 0.762),
        "naive_litehrnet_18_mpii_256x256": (0.853, 0.305),
        "wider_naive_litehrnet_18_mpii_256x256": (0.868, 0.311),
        "litehrnet_18_mpii_256x256": (0.854, 0.295),
        "litehrnet_30_mpii_256x256": (0.870, 0.313),
    }.items()
}
