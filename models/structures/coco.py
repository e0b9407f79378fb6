"""The 17 joints of COCO person keypoints, in the order of its annotations."""

from __future__ import annotations

from models.structures.keypoints import KeypointSet

# The sigmas are half the published "k" of COCO's keypoint evaluation (cocodataset.org).
COCO_17 = KeypointSet(
    name="coco",
    names=(
        "nose",
        "left_eye",
        "right_eye",
        "left_ear",
        "right_ear",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_wrist",
        "right_wrist",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "left_ankle",
        "right_ankle",
    ),
    flip_pairs=((1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12), (13, 14), (15, 16)),
    upper_body=tuple(range(11)),
    lower_body=tuple(range(11, 17)),
    joint_weights=[1, 1, 1, 1, 1, 1, 1, 1.2, 1.2, 1.5, 1.5, 1, 1, 1.2, 1.2, 1.5, 1.5],
    sigmas=[
        *(0.026, 0.025, 0.025, 0.035, 0.035),  # nose, eyes, ears
        *(0.079, 0.079, 0.072, 0.072, 0.062, 0.062),  # shoulders, elbows, wrists
        *(0.107, 0.107, 0.087, 0.087, 0.089, 0.089),  # hips, knees, ankles
    ],
    skeleton=(
        *((15, 13), (13, 11), (16, 14), (14, 12)),  # legs
        *((11, 12), (5, 11), (6, 12), (5, 6)),  # trunk
        *((5, 7), (6, 8), (7, 9), (8, 10)),  # arms
        *((1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6)),  # head
    ),
)
