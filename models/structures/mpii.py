"""The 16 joints of MPII Human Pose, in the order of its annotations."""

from __future__ import annotations

from models.structures.keypoints import KeypointSet

# MPII scores with PCKh and defines no sigmas; these, adapted from COCO's and published with
# mmpose, serve OKS-based suppression of doubles only.
MPII_16 = KeypointSet(
    name="mpii",
    names=(
        "right_ankle",
        "right_knee",
        "right_hip",
        "left_hip",
        "left_knee",
        "left_ankle",
        "pelvis",
        "thorax",
        "upper_neck",
        "head_top",
        "right_wrist",
        "right_elbow",
        "right_shoulder",
        "left_shoulder",
        "left_elbow",
        "left_wrist",
    ),
    flip_pairs=((0, 5), (1, 4), (2, 3), (10, 15), (11, 14), (12, 13)),
    upper_body=tuple(range(7, 16)),
    lower_body=tuple(range(7)),
    joint_weights=[1.5, 1.2, 1, 1, 1.2, 1.5, 1, 1, 1, 1, 1.5, 1.2, 1, 1, 1.2, 1.5],
    sigmas=[
        *(0.089, 0.083, 0.107, 0.107, 0.083, 0.089),  # legs
        *(0.026, 0.026, 0.026, 0.026),  # pelvis, thorax, upper neck, head top
        *(0.062, 0.072, 0.179, 0.179, 0.072, 0.062),  # arms
    ],
    skeleton=(
        *((0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5)),  # legs
        *((6, 7), (7, 8), (8, 9)),  # spine and head
        *((8, 12), (12, 11), (11, 10), (8, 13), (13, 14), (14, 15)),  # arms
    ),
)
