"""Pictures of suspicious annotations: the person, the joints in question, and the reason."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from models.analysis.findings import Finding
from models.analysis.sample_pictures import moved, moved_boxes, region_around
from models.datasets import AnnotatedImage
from models.structures import KeypointSet
from models.visualization import captioned, draw_annotations, view
from models.visualization.annotation import ALARM, PLAIN_BOX

#: pixels of a caption, roughly
CHARACTER = 6


def suspicious_picture(
    picture: np.ndarray,
    image: AnnotatedImage,
    finding: Finding,
    keypoints: KeypointSet,
    size: tuple[int, int],
) -> np.ndarray:
    """The person of a finding, box in red and the joints that it is about ringed.

    Args:
        picture: (H, W, 3) uint8, BGR.
        image: its annotations.
        finding: one of a person.
        keypoints: the joints.
        size: (w, h) of what is shown, without its caption.
    """
    people = [p for p in image.people if p.id in (finding.id, finding.other_id)]
    shown, matrix = view(picture, region_around(finding.bbox, people), size)
    ringed = np.isin(keypoints.names, finding.joints)
    shown = draw_annotations(
        shown,
        moved(np.stack([person.joints for person in people]), matrix),
        keypoints,
        moved_boxes(np.stack([person.bbox for person in people]), matrix),
        [ALARM if person.id == finding.id else PLAIN_BOX for person in people],
        marked=np.stack([ringed & (person.id == finding.id) for person in people]),
    )
    place = f"{Path(image.file).name}, annotation {finding.id}"
    reason = textwrap.wrap(finding.why, size[0] // CHARACTER)[:2]
    return captioned(shown, [finding.kind.upper(), *reason, *[""] * (2 - len(reason)), place])
