"""What is wrong with the joints of a person that was found: the taxonomy of COCO keypoint errors.

The similarity of an answered joint to a labelled one is its share in OKS, exp(−d² / (2 (2σ)² a)),
a the area of the person labelled. By it a joint is exactly one of `KINDS`, the first that fits:

- good: `GOOD` or more to its own label, no farther off than people who label differ;
- jitter: `CLOSE` or more to its own label;
- inversion: `CLOSE` or more to the mirrored joint of the same person (the left knee for the right);
- swap: `CLOSE` or more to this or the mirrored joint of another person in the image;
- miss: close to none of these.

Source: Ronchi and Perona, "Benchmarking and Error Diagnosis in Multi-Instance Pose Estimation",
ICCV 2017. Their program gives a joint that is close to several labels to the closest; here its own
comes first, then its own person's, as the definitions are worded.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from models.evaluation.coco_labels import Labels
from models.evaluation.keypoint_eval import pairs

KINDS = ("good", "jitter", "inversion", "swap", "miss")
ERRORS = KINDS[1:]
GOOD, CLOSE = 0.85, 0.5
_NEARER = 1 - 1e-9  # so that rounding leaves a corrected joint inside the similarity it is given


@dataclass(frozen=True, eq=False)
class JointErrors:
    """The joints of M poses, each of which has found a person.

    Attributes:
        kinds: (M, K) int8 index into `KINDS`, −1 where the joint is not labelled.
        similarity: (M, K) to the joint's own label, NaN where it has none.
        corrected: (M, K) similarity that the joint has once its error is corrected: `GOOD` after
            jitter, `CLOSE` after a miss, after inversion and swap what it has to the joint that it
            was taken for; as it is where it is good, NaN where it is not labelled.
    """

    kinds: np.ndarray
    similarity: np.ndarray
    corrected: np.ndarray

    def are(self, kind: str) -> np.ndarray:
        """(M, K) bool: which joints are of a kind."""
        return self.kinds == KINDS.index(kind)

    @property
    def loss(self) -> np.ndarray:
        """(M, K) what each joint takes from its pose's OKS, 0 where it is not labelled.

        The sum over a pose is 1 − OKS.
        """
        labelled = self.kinds >= 0
        share = labelled / np.maximum(labelled.sum(axis=1, keepdims=True), 1)
        return np.where(labelled, 1 - self.similarity, 0) * share


def joint_errors(
    poses: np.ndarray,
    label: np.ndarray,
    labels: Labels,
    flip_index: np.ndarray,
    sigmas: np.ndarray,
) -> JointErrors:
    """Say of every labelled joint of poses what it is.

    Args:
        poses: (M, K, 2 or 3): x, y in the image frame.
        label: (M,) the person that each has found, index into `labels`.
        labels: everybody who is labelled, crowds too: other people for a swap.
        flip_index: (K,) the mirrored joint of each joint, itself where it has none.
        sigmas: (K,) spread of each joint, above 0.
    """
    own = _similarity(poses, labels, label, sigmas)
    # Of a joint in the middle this is its own similarity: it is no inversion unless it is jitter.
    inverted = _similarity(poses, labels, label, sigmas, flip_index)

    # The person found is among them, which is harmless: what is close to that is no swap.
    pose, other = pairs(labels.cells[label], labels.cells)
    swapped = np.zeros_like(own)
    for joints in (None, flip_index):
        likeness = _similarity(poses[pose], labels, other, sigmas, joints)
        np.fmax.at(swapped, pose, likeness)  # leaves out NaN, which an unlabelled joint has

    kinds = np.select(
        [np.isnan(own), own >= GOOD, own >= CLOSE, inverted >= CLOSE, swapped >= CLOSE],
        [-1, *(KINDS.index(kind) for kind in ("good", "jitter", "inversion", "swap"))],
        KINDS.index("miss"),
    ).astype(np.int8)
    gains = {"good": own, "jitter": GOOD, "inversion": inverted, "swap": swapped, "miss": CLOSE}
    corrected = np.select([kinds == KINDS.index(kind) for kind in gains], gains.values(), np.nan)
    return JointErrors(kinds, own, corrected)


def corrected_poses(
    poses: np.ndarray,
    errors: JointErrors,
    which: Collection[str],
    label: np.ndarray,
    labels: Labels,
    sigmas: np.ndarray,
) -> np.ndarray:
    """The poses (M, K, 2 or 3) without the errors of some kinds, as far as each kind is to blame.

    A joint moves straight towards its label until it is as similar as `JointErrors.corrected`
    says: after a miss no more than close, after jitter no more than good, and a joint that was
    taken for another one as precise as it was there.

    Args:
        poses, label, labels, sigmas: as for `joint_errors`.
        errors: of these poses.
        which: some of `ERRORS`.

    Raises:
        ValueError: another kind.
    """
    unknown = set(which) - set(ERRORS)
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} is no error; choose of {', '.join(ERRORS)}")
    poses = np.array(poses, dtype=np.float64)
    row, joint = np.nonzero(np.isin(errors.kinds, [KINDS.index(kind) for kind in which]))
    target = labels.keypoints[label[row], joint, :2]
    step = poses[row, joint, :2] - target
    room = (2 * sigmas[joint]) ** 2 * (labels.areas[label[row]] + np.spacing(1))
    distance = np.sqrt(-2 * np.log(errors.corrected[row, joint]) * room) * _NEARER
    # An error is not where its label is, so the step has a length.
    poses[row, joint, :2] = target + step * (distance / np.linalg.norm(step, axis=1))[:, None]
    return poses


def _similarity(
    poses: np.ndarray,
    labels: Labels,
    label: np.ndarray,
    sigmas: np.ndarray,
    joints: np.ndarray | None = None,
) -> np.ndarray:
    """(M, K) of each joint of poses to one of labelled persons (M,), by default the joint itself.

    NaN where that is not labelled. The arithmetic is that of `pair_oks`.
    """
    joints = np.arange(len(sigmas)) if joints is None else joints
    target = labels.keypoints[label][:, joints]
    dx, dy = (poses[..., axis] - target[..., axis] for axis in (0, 1))
    room = labels.areas[label, None] + np.spacing(1)
    similarity = np.exp(-((dx**2 + dy**2) / (sigmas[joints] * 2) ** 2 / room / 2))
    return np.where(target[..., 2] > 0, similarity, np.nan)
