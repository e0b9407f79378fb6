"""What is drawn of a pose: which joints and limbs, in which colors and of which shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.structures import KeypointSet
from models.structures.keypoints import Color
from models.visualization.colors import rainbow

#: limbs of the look that OpenPose made known, in the order of its colors; joints by COCO's names,
#: with a neck between the shoulders. Source: Cao et al., OpenPose, TPAMI 2019.
_NECK = "neck"
_OPENPOSE_LIMBS = (
    *((_NECK, "right_shoulder"), (_NECK, "left_shoulder")),
    *(("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")),
    *(("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")),
    *((_NECK, "right_hip"), ("right_hip", "right_knee"), ("right_knee", "right_ankle")),
    *((_NECK, "left_hip"), ("left_hip", "left_knee"), ("left_knee", "left_ankle")),
    *((_NECK, "nose"), ("nose", "right_eye"), ("right_eye", "right_ear")),
    *(("nose", "left_eye"), ("left_eye", "left_ear")),
)
_OPENPOSE_JOINTS = (
    *("nose", _NECK, "right_shoulder", "right_elbow", "right_wrist"),
    *("left_shoulder", "left_elbow", "left_wrist", "right_hip", "right_knee", "right_ankle"),
    *("left_hip", "left_knee", "left_ankle", "right_eye", "left_eye", "right_ear", "left_ear"),
)


@dataclass(frozen=True)
class Figure:
    """How to draw the poses of one set of joints.

    Attributes:
        limbs: pairs of indices of joints, of the J that are drawn.
        limb_colors: RGB, one a limb.
        joint_colors: RGB, J.
        between: pairs of joints of the set; each pair's middle is a further joint.
        order: (J,) which of the set's joints, followed by those `between`, are drawn.
        ellipses: whether limbs are ellipses that let the picture through, or solid lines.
    """

    limbs: tuple[tuple[int, int], ...]
    limb_colors: tuple[Color, ...]
    joint_colors: tuple[Color, ...]
    between: tuple[tuple[int, int], ...]
    order: tuple[int, ...]
    ellipses: bool

    def joints(self, pose: np.ndarray) -> np.ndarray:
        """The joints (J, 3) that are drawn of a pose (K, 3): x, y, score.

        One between two others is as certain as the less certain of them.
        """
        middles = [
            [*(pose[a, :2] + pose[b, :2]) / 2, min(pose[a, 2], pose[b, 2])] for a, b in self.between
        ]
        return np.concatenate([pose, np.reshape(middles, (-1, 3))])[list(self.order)]


def _sides(keypoints: KeypointSet) -> Figure:
    """Lines in the colors of the set itself: by default those of the body's sides."""
    return Figure(
        limbs=keypoints.skeleton,
        limb_colors=keypoints.link_colors,
        joint_colors=keypoints.colors,
        between=(),
        order=tuple(range(keypoints.num_joints)),
        ellipses=False,
    )


def _openpose(keypoints: KeypointSet) -> Figure:
    """Ellipses in a rainbow; of sets with COCO's joints, OpenPose's own limbs with their neck."""
    names = (*keypoints.names, _NECK)
    if not set(_OPENPOSE_JOINTS) <= set(names) or _NECK in keypoints.names:
        return Figure(
            limbs=keypoints.skeleton,
            limb_colors=rainbow(len(keypoints.skeleton)),
            joint_colors=rainbow(keypoints.num_joints),
            between=(),
            order=tuple(range(keypoints.num_joints)),
            ellipses=True,
        )
    position = {name: i for i, name in enumerate(_OPENPOSE_JOINTS)}
    colors = rainbow(len(_OPENPOSE_JOINTS))
    return Figure(
        limbs=tuple((position[a], position[b]) for a, b in _OPENPOSE_LIMBS),
        limb_colors=colors[: len(_OPENPOSE_LIMBS)],
        joint_colors=colors,
        between=((names.index("left_shoulder"), names.index("right_shoulder")),),
        order=tuple(names.index(name) for name in _OPENPOSE_JOINTS),
        ellipses=True,
    )


STYLES: dict[str, Callable[[KeypointSet], Figure]] = {"sides": _sides, "openpose": _openpose}


def figure_of(keypoints: KeypointSet, style: str) -> Figure:
    """The figure of a set of joints in one of `STYLES`.

    Raises:
        ValueError: there is no such style.
    """
    if style not in STYLES:
        raise ValueError(f"style '{style}' is unknown; use one of {', '.join(STYLES)}")
    return STYLES[style](keypoints)
