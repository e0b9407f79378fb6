"""The people whose pose a network got most wrong."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.datasets import TopDownCocoDataset, TopDownDataset
from models.evaluation import Predictions, gather, oks_iou
from models.runtime.files import load_json
from models.structures import COCO_17

#: a label and an answer whose boxes overlap by less are not of one person, or hardly
LEAST_OVERLAP = 0.5
#: people with fewer labelled joints than this share of all tell little
LEAST_LABELLED = 1 / 3


@dataclass(frozen=True, eq=False)
class Case:
    """A person as labelled and as answered.

    Attributes:
        image: picture file.
        box: (4,) x, y, w, h of the label, image frame.
        label: (K, 3): x, y in the image frame, and above 0 where the joint is labelled.
        pose: (K, 3): x, y in the image frame, and score.
        badness: by which cases are compared: 1 − OKS, or for MPII the mean distance of the
            labelled joints as a share of the person's height.
        value: the same in words.
    """

    image: str
    box: np.ndarray
    label: np.ndarray
    pose: np.ndarray
    badness: float
    value: str


def worst_people(
    dataset: TopDownDataset, results: Iterable[Mapping[str, Any]], count: int = 9
) -> list[Case]:
    """The worst poses of a test run, one a picture, worst first.

    People that no box was drawn around are the detector's fault, and not among them.

    Args:
        dataset: that was tested on.
        results: as tools/test.py --out writes them.
        count: how many, at most.
    """
    answers = gather(results)
    coco = isinstance(dataset, TopDownCocoDataset)
    cases = _by_oks(dataset, answers) if coco else _by_distance(dataset, answers)
    worst: dict[str, Case] = {}
    for case in cases:
        if case.image not in worst or worst[case.image].badness < case.badness:
            worst[case.image] = case
    return heapq.nlargest(count, worst.values(), key=lambda case: case.badness)


def _by_oks(dataset: TopDownDataset, answers: Predictions) -> Iterator[Case]:
    """Labelled people, each with the most alike of the answers in its box."""
    files = {person["image_id"]: person["image_file"] for person in dataset.db}
    rows = defaultdict(list)
    for row, image in enumerate(answers.images):
        rows[image].append(row)
    sigmas = COCO_17.sigmas if dataset.keypoints.sigmas is None else dataset.keypoints.sigmas
    least = LEAST_LABELLED * dataset.keypoints.num_joints
    for entry in load_json(dataset.ann_file, "annotation file").get("annotations") or []:
        image = files.get(entry["image_id"])
        label = np.asarray(entry.get("keypoints", ()), dtype=np.float64).reshape(-1, 3)
        labelled = label[:, 2] > 0
        if image not in rows or entry.get("iscrowd") or labelled.sum() < least:
            continue
        box = np.asarray(entry["bbox"], dtype=np.float64)
        area = float(entry.get("area", 0))
        boxes = np.stack([dataset.db[answers.bbox_ids[row]]["bbox"] for row in rows[image]])
        near = [rows[image][i] for i in np.flatnonzero(_overlaps(box, boxes) >= LEAST_OVERLAP)]
        if not near or area <= 0:
            continue
        poses = answers.poses[near]
        alike = oks_iou(
            label[labelled, :2],
            poses[:, labelled, :2],
            area,
            np.full(len(poses), area),
            sigmas[labelled],
        )
        best = int(alike.argmax())
        yield Case(image, box, label, poses[best], 1 - alike[best], f"OKS {alike[best]:.2f}")


def _by_distance(dataset: TopDownDataset, answers: Predictions) -> Iterator[Case]:
    """Labelled people, each with the answer in its own box."""
    people = {person["bbox_id"]: person for person in dataset.db}
    least = LEAST_LABELLED * dataset.keypoints.num_joints
    for row, bbox_id in enumerate(answers.bbox_ids.tolist()):
        person = people.get(bbox_id)
        if person is None:
            continue
        joints = person["joints_3d"].astype(np.float64)
        labelled = person["joints_3d_visible"][:, 0] > 0
        if labelled.sum() < least:
            continue
        pose = answers.poses[row]
        far = np.linalg.norm(pose[labelled, :2] - joints[labelled, :2], axis=1).mean()
        share = float(far / person["bbox"][3])
        label = np.column_stack([joints[:, :2], labelled])
        text = f"joints off by {100 * share:.0f} % of the height"
        yield Case(person["image_file"], person["bbox"], label, pose, share, text)


def _overlaps(box: np.ndarray, others: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """Intersection over union (N,) of a box x, y, w, h with others (N, 4)."""
    others = np.asarray(others, dtype=np.float64)
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    return shared / np.maximum(box[2:].prod() + others[:, 2:].prod(axis=1) - shared, 1e-9)
