"""Samples as the network meets them, taken out of the pipeline before they are packed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from models.datasets import AnnotatedPerson, TopDownDataset
from models.datasets.annotated import VISIBLE
from models.pipelines import Collect, NormalizeTensor, Sample, TopDownGenerateTarget
from models.runtime.seed import mix, seeded


@dataclass(frozen=True, eq=False)
class Draw:
    """One draw of a sample.

    Attributes:
        image: (h, w, 3) uint8, BGR: the crop that the network gets, before normalisation.
        joints: (K, 3) x, y in the crop frame, and 0, 1 occluded or 2 visible.
        target: (K, H, W), a map of where each joint is, weighted as the loss weighs them (0 for
            joints that do not count); None where the pipeline makes none.
        how: what chance did to it, in a few words.
    """

    image: np.ndarray
    joints: np.ndarray
    target: np.ndarray | None
    how: str


def choose(dataset: TopDownDataset, num: int, seed: int) -> list[int]:
    """Indices of `num` samples at random, of as many pictures as there are, in their order."""
    order = np.random.default_rng(seed).permutation(len(dataset))
    first: list[int] = []
    rest: list[int] = []
    known: set[str] = set()
    for index in map(int, order):
        file = dataset.picture_of(index)
        (rest if file in known else first).append(index)
        known.add(file)
    return sorted([*first, *rest][:num])


def annotation_of(
    dataset: TopDownDataset, index: int, people: list[AnnotatedPerson]
) -> AnnotatedPerson | None:
    """The annotation that a sample was made of, among those of its picture; None for none."""
    joints = dataset.db[index]["joints_3d"][:, :2]
    for person in people:
        # Data sets keep joints as float32; nothing else is done to them.
        if np.array_equal(person.joints[:, :2].astype(np.float32), joints):
            return person
    return None


def draw(
    dataset: TopDownDataset, index: int, seed: int, person: AnnotatedPerson | None = None
) -> Draw:
    """Put a sample through the data set's pipeline, up to where it is collected into a batch.

    Args:
        dataset: the data set.
        index: of the sample.
        seed: of what the pipeline draws; the same gives the same draw.
        person: from `annotation_of`, to know which joints are occluded.

    Raises:
        BadImage: the picture cannot be used.
    """
    before = dataset.db[index]
    with seeded(mix(seed, index)):
        sample = dataset.pipeline.until(
            lambda step: isinstance(step, Collect), dataset.person(index)
        )
    target = sample.get("target")
    if target is not None:
        for step in dataset.pipeline.steps:
            if isinstance(step, TopDownGenerateTarget):
                target = step.codec.keypoint_maps(target)
        target = np.asarray(target) * np.asarray(sample["target_weight"]).reshape(-1, 1, 1)
    return Draw(
        _picture(dataset, sample), _joints(dataset, sample, person), target, _how(before, sample)
    )


def _picture(dataset: TopDownDataset, sample: Sample) -> np.ndarray:
    """The network's input turned back into a picture."""
    steps = dataset.pipeline.steps
    image = sample["img"]
    if isinstance(image, torch.Tensor):
        if image.is_floating_point():
            for step in reversed(steps):
                if isinstance(step, NormalizeTensor):
                    image = image * step.std + step.mean
            image = image * 255
        image = image.permute(1, 2, 0).numpy()
    image = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    orders = [step.channel_order for step in steps if hasattr(step, "channel_order")]
    return np.ascontiguousarray(image if orders == ["bgr"] else image[..., ::-1])


def _joints(dataset: TopDownDataset, sample: Sample, person: AnnotatedPerson | None) -> np.ndarray:
    states = np.full(dataset.keypoints.num_joints, VISIBLE)
    if person is not None:
        states = person.joints[:, 2].astype(int)
        if sample.get("flipped"):
            states = states[dataset.keypoints.flip_index]
    states = np.where(sample["joints_3d_visible"][:, 0] > 0, states, 0)
    return np.column_stack([sample["joints_3d"][:, :2], states])


def _how(before: dict, sample: Sample) -> str:
    words = [f"zoom {before['scale'][0] / sample['scale'][0]:.2f}"]
    if round(sample["rotation"]):
        words.append(f"turned {sample['rotation']:+.0f}°")
    if sample.get("flipped"):
        words.append("mirrored")
    return ", ".join(words)
