"""Who is who from frame to frame: numbers of people that survive short occlusions.

Poses are compared by OKS, which tells two people apart whose boxes lie over each other; boxes by
their overlap, where a pose is too uncertain to compare. Pairs are made by one assignment for all
(Hungarian method), as in SORT (Bewley et al., ICIP 2016) and its followers. Everyone moves on at a
constant velocity while unseen.

Of libraries, norfair compares poses as well, but needs filterpy and an old rich, and others track
boxes only; the part that is needed is this file on top of SciPy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from models.evaluation.oks import joint_likeness
from models.structures import KeypointSet, box_iou

DEFAULT_SIGMA = 0.08
"""Of joints whose set has no sigmas: about the mean of COCO's limbs."""

_FEWEST_JOINTS = 4
"""Trusted joints that two poses must share to be compared by OKS."""

_SURE = 0.8
"""OKS of a pair that is made before others are looked at."""

_MEETING = 0.2
"""Overlap of two boxes from which on their people can be mistaken for each other."""

_JUST = 3
"""Frames for which somebody counts as just lost."""

_MEMORY = 0.6
"""Share of the velocity that the last step does not change."""


@dataclass
class _Track:
    """One person as last seen; `velocity` (2,) in pixels a frame, `missed` frames ago."""

    pose: np.ndarray
    box: np.ndarray
    velocity: np.ndarray
    hits: int = 1
    missed: int = 0
    number: int | None = None

    @property
    def shift(self) -> np.ndarray:
        """(2,) how far it will have moved by the next frame."""
        return self.velocity * (self.missed + 1)


class Tracker:
    """Gives people a `track_id` that stays theirs.

    Equal input gives equal numbers. They count from 1 and are never used again.

    Args:
        keypoints: the joints; its sigmas say how exactly each can be placed.
        max_lost: frames for which someone unseen is waited for.
        min_hits: frames in which someone must have been seen before a number is given; a false
            alarm of the detector seldom comes so often.
        oks_thr: least OKS of a pose with where it was expected.
        iou_thr: least overlap of the boxes, tried for those whom OKS leaves without a partner.
        same_thr: OKS above which two poses of one frame are taken for one person, who was found
            twice; the one that fits its track better stays.
        score_thr: joints with a lower score are not compared.

    Raises:
        ValueError: a threshold outside 0 … 1, or a negative number of frames.
    """

    def __init__(
        self,
        keypoints: KeypointSet,
        max_lost: int = 30,
        min_hits: int = 3,
        oks_thr: float = 0.5,
        iou_thr: float = 0.3,
        same_thr: float = 0.7,
        score_thr: float = 0.3,
    ) -> None:
        for share in (oks_thr, iou_thr, same_thr, score_thr):
            if not 0 <= share <= 1:
                raise ValueError(f"a threshold of the tracker is {share}; give 0 to 1")
        if max_lost < 0 or min_hits < 1:
            raise ValueError(
                f"max_lost {max_lost} and min_hits {min_hits} count frames; give 0 or more, and 1 "
                "or more"
            )
        self.keypoints = keypoints
        self.max_lost, self.min_hits = max_lost, min_hits
        self.oks_thr, self.iou_thr, self.same_thr = oks_thr, iou_thr, same_thr
        self.score_thr = score_thr
        sigmas = keypoints.sigmas
        self._spread = 2 * (
            np.full(keypoints.num_joints, DEFAULT_SIGMA) if sigmas is None else sigmas
        )
        self._tracks: list[_Track] = []
        self._given = 0

    def update(self, people: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Take in one frame.

        Args:
            people: each with `keypoints` (K, 3) and `bbox` (4,) or (5,), corners first, in the
                image frame; further keys pass through.

        Returns:
            The people in their order, without doubles; those who have been seen `min_hits` times
            with their `track_id`.

        Raises:
            ValueError: poses of another number of joints.
        """
        poses, boxes = self._columns(people)
        expected = self._expected()
        oks, comparable = self._oks(*expected, poses, boxes)
        # for pairs that OKS cannot compare, boxes overlap or not
        overlap = box_iou(expected[1], boxes)
        found = self._pairs(oks, comparable, overlap)
        fits = np.where(comparable, oks, overlap)
        kept = self._without_doubles(poses, boxes, found, fits)
        track_of = {person: track for track, person in found.items() if person in kept}
        answer = []
        for person in kept:
            track = self._tracks[track_of[person]] if person in track_of else None
            if track is None:
                track = _Track(poses[person], boxes[person], np.zeros(2), missed=-1)
                self._tracks.append(track)
            else:
                self._move(track, poses[person], boxes[person], fits[track_of[person], person])
            if track.number is None and track.hits >= self.min_hits:
                self._given += 1
                track.number = self._given
            given = {key: value for key, value in people[person].items() if key != "track_id"}
            answer.append(given if track.number is None else {**given, "track_id": track.number})
        for track in self._tracks:
            track.missed += 1  # 0 for those who were seen now
        self._tracks = [track for track in self._tracks if self._is_waited_for(track)]
        return answer

    @property
    def is_unsure(self) -> bool:
        """Whether the next frame wants a detector: two people meet, or somebody was just lost.

        A network asked for one of two people who overlap answers with the one in front; without a
        detector, who hides behind would take over the other's way.
        """
        boxes = self._expected()[1]
        meet = np.triu(box_iou(boxes, boxes), k=1) > _MEETING
        return bool(meet.any()) or any(0 < track.missed <= _JUST for track in self._tracks)

    def boxes(self, padding: float = 0.12) -> np.ndarray:
        """Where the people of the last frame will be in the next: for frames without a detector.

        Args:
            padding: what a box reaches beyond the joints on each side, as a part of its longer
                side: joints lie inside of a body.

        Returns:
            (N, 5) corners and score 1, float32; also of those who have no number yet.
        """
        answer = []
        for track in self._tracks:
            if track.missed:
                continue  # whoever hides behind another would be found in the other's place
            trusted = track.pose[track.pose[:, 2] >= self.score_thr, :2]
            low, high = track.box[:2], track.box[2:]
            if len(trusted) >= _FEWEST_JOINTS:
                low, high = trusted.min(axis=0), trusted.max(axis=0)
                room = padding * (high - low).max()
                low, high = low - room, high + room
            answer.append([*(low + track.shift), *(high + track.shift), 1.0])
        return np.array(answer, dtype=np.float32).reshape(-1, 5)

    def _columns(self, people: Sequence[Mapping[str, Any]]) -> tuple[np.ndarray, np.ndarray]:
        """Poses (N, K, 3) and boxes (N, 4) in float64."""
        number = self.keypoints.num_joints
        for person in people:
            if np.shape(person["keypoints"]) != (number, 3):
                raise ValueError(
                    f"a pose is {np.shape(person['keypoints'])}; '{self.keypoints.name}' needs "
                    f"({number}, 3)"
                )
        poses = [np.asarray(person["keypoints"], dtype=np.float64) for person in people]
        boxes = [np.asarray(person["bbox"], dtype=np.float64)[:4] for person in people]
        return np.reshape(poses, (-1, number, 3)), np.reshape(boxes, (-1, 4))

    def _expected(self) -> tuple[np.ndarray, np.ndarray]:
        """Poses (T, K, 3) and boxes (T, 4) of the tracks, moved on to this frame."""
        poses = [track.pose + np.append(track.shift, 0.0) for track in self._tracks]
        boxes = [track.box + np.tile(track.shift, 2) for track in self._tracks]
        return np.reshape(poses, (-1, self.keypoints.num_joints, 3)), np.reshape(boxes, (-1, 4))

    def _oks(
        self, poses: np.ndarray, boxes: np.ndarray, others: np.ndarray, other_boxes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """OKS (T, N) over the joints that both trust, and whether they are enough."""
        areas, other_areas = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (boxes, other_boxes))
        likeness = joint_likeness(
            poses[:, None], others[None], areas[:, None], other_areas[None], self._spread
        )
        trusted = (poses[:, None, :, 2] >= self.score_thr) & (
            others[None, ..., 2] >= self.score_thr
        )
        count = trusted.sum(axis=-1)
        oks = (likeness * trusted).sum(axis=-1) / np.maximum(count, 1)
        return oks, count >= _FEWEST_JOINTS

    def _pairs(
        self, oks: np.ndarray, comparable: np.ndarray, overlap: np.ndarray
    ) -> dict[int, int]:
        """Track → person: sure pairs first, then likely ones, then by boxes among who are left.

        In one go, two middling pairs would outweigh a sure one beside a person whose pose cannot
        be compared: so numbers are exchanged behind someone's back.
        """
        found: dict[int, int] = {}
        known = np.where(comparable, oks, 0.0)
        for likeness, least in ((known, _SURE), (known, self.oks_thr), (overlap, self.iou_thr)):
            free = np.ones(overlap.shape, dtype=bool)
            free[list(found)] = False
            free[:, list(found.values())] = False
            found |= assign(np.where(free, likeness, 0.0), least)
        return found

    def _without_doubles(
        self, poses: np.ndarray, boxes: np.ndarray, found: dict[int, int], fits: np.ndarray
    ) -> list[int]:
        """The people who stay, in order: of two like each other, who fits a track better."""
        fit = np.full(len(poses), -1.0)
        for track, person in found.items():
            fit[person] = fits[track, person] + (self._tracks[track].number is not None)
        oks, comparable = self._oks(poses, boxes, poses, boxes)
        same = (oks > self.same_thr) & comparable
        scores = poses[..., 2].mean(axis=1)
        kept: list[int] = []
        for person in np.lexsort((np.arange(len(poses)), -scores, -fit)):
            if not same[person, kept].any():
                kept.append(int(person))
        return sorted(kept)

    def _move(self, track: _Track, pose: np.ndarray, box: np.ndarray, fit: float) -> None:
        """Take over what was seen; the body's step is the median of its joints'.

        Of someone half hidden a network mixes in joints of whoever is in front: a pose that does
        not fit well tells where the person is, but not how it moves.
        """
        trusted = (track.pose[:, 2] >= self.score_thr) & (pose[:, 2] >= self.score_thr)
        if trusted.sum() >= _FEWEST_JOINTS:
            step = np.median(pose[trusted, :2] - track.pose[trusted, :2], axis=0)
        else:
            step = (box[:2] + box[2:] - track.box[:2] - track.box[2:]) / 2
        if track.hits == 1:
            track.velocity = step / (track.missed + 1)
        elif fit >= _SURE:
            track.velocity += (1 - _MEMORY) * (step / (track.missed + 1) - track.velocity)
        track.pose, track.box = pose, box
        track.hits, track.missed = track.hits + 1, -1

    def _is_waited_for(self, track: _Track) -> bool:
        return track.missed <= (self.max_lost if track.number is not None else 1)


def assign(likeness: np.ndarray, least: float) -> dict[int, int]:
    """Row → column of the pairs (T, N) whose sum of likeness is greatest, each at least `least`.

    Pairs below `least` count nothing, so that none of them takes a partner from a good one.
    """
    rows, columns = linear_sum_assignment(np.where(likeness >= least, likeness, 0.0), maximize=True)
    return {
        int(row): int(column)
        for row, column in zip(rows, columns, strict=True)
        if likeness[row, column] >= least and likeness[row, column] > 0
    }
