"""The 21 keypoints of a hand, in the order of COCO-WholeBody and its kin."""

from __future__ import annotations

from models.structures.keypoints import KeypointSet

_FINGERS = ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")

HAND_21 = KeypointSet(
    name="coco_wholebody_hand",
    names=("wrist", *(f"{finger}{i}" for finger in _FINGERS for i in range(1, 5))),
    flip_pairs=(),  # the mirror image of a left hand is a right one, with the same keypoints
    upper_body=(),
    lower_body=(),
    joint_weights=[1.0] * 21,
    sigmas=[
        0.029,  # wrist
        *(0.022, 0.035, 0.037, 0.047),
        *(0.026, 0.025, 0.024, 0.035),
        *(0.018, 0.024, 0.022, 0.026),
        *(0.017, 0.021, 0.021, 0.032),
        *(0.020, 0.019, 0.022, 0.031),
    ],
    skeleton=tuple(
        (0 if i == 0 else 4 * finger + i, 4 * finger + i + 1)
        for finger in range(5)
        for i in range(4)
    ),
)
