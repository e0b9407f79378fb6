"""Joints without trembling: a One Euro filter for every joint of every track.

The filter (Casiez, Roussel and Vogel, CHI 2012) is a low pass whose cutoff rises with speed: what
rests is held still, what moves is followed without delay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class _State:
    """A filtered pose: places (K, 2), velocities (K, 2) in pixels a second, and when."""

    place: np.ndarray
    velocity: np.ndarray
    known: np.ndarray
    """(K,) bool: the joint has been seen since the state began."""
    size: float
    seconds: float


class PoseSmoother:
    """Smooths the joints of tracked people in time.

    Speed is measured in sizes of the person a second, so one setting serves near and far people
    and any resolution, and time in seconds, so it serves any frame rate and missing frames.

    A joint below `score_thr` tells nothing of its place. It is carried along with the body where
    it was last, so that it neither jumps when it is lost nor when it returns; scores are not
    changed, and a drawing leaves it out.

    Args:
        min_cutoff: Hz; the lower, the stiller what rests.
        beta: Hz per (size / second); the higher, the less delay of what moves.
        speed_cutoff: Hz of the low pass by which the speed itself is smoothed.
        score_thr: joints with a lower score are carried along.
        forget: seconds without a pose after which a track begins anew.

    Raises:
        ValueError: a frequency or time that is not above 0.
    """

    def __init__(
        self,
        min_cutoff: float = 1.5,
        beta: float = 10.0,
        speed_cutoff: float = 1.0,
        score_thr: float = 0.3,
        forget: float = 0.5,
    ) -> None:
        if min(min_cutoff, speed_cutoff, forget) <= 0 or beta < 0:
            raise ValueError(
                f"min_cutoff {min_cutoff}, speed_cutoff {speed_cutoff} and forget {forget} must be "
                f"above 0, and beta {beta} not below"
            )
        self.min_cutoff, self.beta, self.speed_cutoff = min_cutoff, beta, speed_cutoff
        self.score_thr, self.forget = score_thr, forget
        self._states: dict[int, _State] = {}

    def update(self, people: Sequence[Mapping[str, Any]], seconds: float) -> list[dict[str, Any]]:
        """The people of one frame with smooth joints; those without `track_id` as they are.

        Args:
            people: each with `keypoints` (K, 3) and, once tracked, `track_id`; others' keys pass.
            seconds: time of the frame, on any clock; not before the last one's.

        Raises:
            ValueError: the time runs backward.
        """
        answer = []
        for person in people:
            number = person.get("track_id")
            smooth = dict(person)
            if number is not None:
                pose = np.asarray(person["keypoints"])
                places = self._filter(number, pose.astype(np.float64), seconds)
                smooth["keypoints"] = np.column_stack([places, pose[:, 2]]).astype(pose.dtype)
            answer.append(smooth)
        # Numbers are never used again; what is too old to go on from is let go.
        self._states = {
            number: state
            for number, state in self._states.items()
            if seconds - state.seconds <= self.forget
        }
        return answer

    def _filter(self, number: int, pose: np.ndarray, seconds: float) -> np.ndarray:
        """Smoothed places (K, 2) of a pose (K, 3) of the track of that number."""
        seen = pose[:, 2] >= self.score_thr
        state = self._states.get(number)
        if state is None or seconds - state.seconds > self.forget:
            velocity = np.zeros((len(pose), 2))
            self._states[number] = _State(
                pose[:, :2].copy(), velocity, seen, _size(pose, seen), seconds
            )
            return pose[:, :2]
        step = seconds - state.seconds
        if step < 0:
            raise ValueError(
                f"a pose of {seconds:g} s came after one of {state.seconds:g} s; give frames in "
                "the order of time"
            )
        if step == 0:  # the same frame again
            return state.place
        state.size += low_pass(self.speed_cutoff, step) * (_size(pose, seen) - state.size)
        both = seen & state.known
        moved = pose[both, :2] - state.place[both]
        # The body's own step is the median of many joints', so it needs no filter and gets no
        # delay; lost joints take part in it.
        body = np.median(moved, axis=0) if len(moved) else np.zeros(2)
        state.place[state.known] += body
        moved -= body

        speed_share = low_pass(self.speed_cutoff, step)
        state.velocity[both] += speed_share * (moved / step - state.velocity[both])
        state.velocity[~seen] = 0
        speed = np.linalg.norm(state.velocity[both], axis=1, keepdims=True) / state.size
        state.place[both] += low_pass(self.min_cutoff + self.beta * speed, step) * moved
        new = ~state.known
        state.place[new] = pose[new, :2]
        state.known |= seen
        state.seconds = seconds
        return state.place.copy()


def low_pass(cutoff: np.ndarray | float, step: float) -> np.ndarray | float:
    """Share of a new value that a low pass of some cutoff (Hz) takes in after `step` seconds."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * step))


def _size(pose: np.ndarray, seen: np.ndarray) -> float:
    """How large a person is in pixels: the longer side of the box about the joints."""
    joints = pose[seen if seen.sum() >= 2 else slice(None), :2]
    return max(float(np.ptp(joints, axis=0).max()), 1.0)
