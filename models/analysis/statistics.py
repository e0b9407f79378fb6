"""How much a data set holds, and of what: numbers to know before a training is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.datasets import AnnotatedImage
from models.datasets.annotated import OCCLUDED, VISIBLE
from models.structures import KeypointSet

#: COCO's classes of size, by the square root of a person's area in pixels
SMALL, LARGE = 32, 96

_SHARES = (0, 5, 25, 50, 75, 95, 100)


def dataset_statistics(
    images: Sequence[AnnotatedImage], keypoints: KeypointSet, samples: int
) -> dict[str, Any]:
    """What `statistics.json` holds.

    Sizes are those of the people with labelled joints. As in COCO a person's area is that of the
    outline where the annotations have one, else of the box.

    Args:
        images: from a data set's `annotated`.
        keypoints: the joints.
        samples: how many of the people the data set gives to the network.
    """
    people = [person for image in images for person in image.people]
    labelled = [person for person in people if person.labelled.any()]
    boxes = np.array([person.bbox for person in labelled], dtype=float).reshape(-1, 4)
    lengths = np.sqrt(np.maximum([person.area for person in labelled], 0))
    sides = np.maximum(boxes[:, 2:], 1e-6)
    states = np.array([person.joints[:, 2] for person in labelled], dtype=int)
    states = states.reshape(-1, keypoints.num_joints)
    return {
        "images": len(images),
        "images_without_people": sum(not image.people for image in images),
        "people": len(people),
        "people_with_joints": len(labelled),
        "samples": samples,
        "crowds": sum(len(image.crowds) for image in images),
        "people_in_an_image": _histogram(len(image.people) for image in images),
        "labelled_joints_of_a_person": _histogram(int(p.labelled.sum()) for p in people),
        "joints": {
            name: {
                "labelled": int((column > 0).sum()),
                "visible": int((column >= VISIBLE).sum()),
                "occluded": int((column == OCCLUDED).sum()),
            }
            for name, column in zip(keypoints.names, states.T, strict=True)
        },
        "size": {
            "small": int((lengths < SMALL).sum()),
            "medium": int(((lengths >= SMALL) & (lengths < LARGE)).sum()),
            "large": int((lengths >= LARGE).sum()),
        },
        "box_width": _percentiles(boxes[:, 2]),
        "box_height": _percentiles(boxes[:, 3]),
        "box_aspect": _percentiles(sides[:, 0] / sides[:, 1]),
    }


def statistics_text(facts: dict[str, Any]) -> str:
    """The statistics as a table for a terminal.

    Args:
        facts: from `dataset_statistics`.
    """
    people = facts["people_with_joints"]
    each = max(people, 1)
    crowds = f", {facts['crowds']} crowds" if facts["crowds"] else ""
    lines = [
        f"{facts['images']} images ({facts['images_without_people']} without people), "
        f"{facts['people']} people ({people} with labelled joints){crowds}; "
        f"{facts['samples']} samples",
        f"people in an image   {_counts(facts['people_in_an_image'])}",
        f"labelled joints      {_counts(facts['labelled_joints_of_a_person'])}",
        "size as in COCO      "
        + ", ".join(f"{name} {n} ({n / each:.0%})" for name, n in facts["size"].items()),
    ]
    for key, digits in (("box_width", 0), ("box_height", 0), ("box_aspect", 2)):
        values = facts[key]
        if values:
            low, middle, high = (values[f"{share}%"] for share in (5, 50, 95))
            lines.append(
                f"{key.replace('_', ' '):20s} median {middle:.{digits}f}, "
                f"90 % within {low:.{digits}f} … {high:.{digits}f}"
            )
    width = max(map(len, facts["joints"]))
    told = any(n["occluded"] for n in facts["joints"].values())
    lines.append(f"{'joint':{width}s}  labelled" + ("         occluded" if told else ""))
    for name, n in facts["joints"].items():
        line = f"{name:{width}s}  {n['labelled']:8d} ({n['labelled'] / each:4.0%})"
        lines.append(f"{line}  {n['occluded']:8d}" if told else line)
    if people and not told:
        lines.append("(no joint is marked as occluded)")
    return "\n".join(lines)


def _histogram(values: Any) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items())}


def _percentiles(values: np.ndarray) -> dict[str, float]:
    if not len(values):
        return {}
    found = np.percentile(values, _SHARES)
    return {f"{s}%": round(float(v), 4) for s, v in zip(_SHARES, found, strict=True)}


def _counts(histogram: dict[str, int]) -> str:
    return "  ".join(f"{value}: {count}" for value, count in histogram.items())
