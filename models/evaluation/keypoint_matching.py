"""Which answer finds which labelled person, at every OKS threshold and in every range of areas.

COCO's rule, image by image and from the best answer down: an answer takes the label with the
highest OKS among those that are still free and reach the threshold (of equals the last), and one
that is not judged only if there is no other. All images go at once here, one rank at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Candidates:
    """C pairs of an answer and a label that may match, sorted by answer, and, for each answer,
    from the least preferred to the most: by OKS, of equals by the label's place.

    Attributes:
        answer: (C,) index of the answer, ascending.
        label: (C,) index of the label.
        oks: (C,).
    """

    answer: np.ndarray
    label: np.ndarray
    oks: np.ndarray


def match(
    candidates: Candidates,
    rank: np.ndarray,
    judged: np.ndarray,
    crowd: np.ndarray,
    thresholds: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Give answers to labels.

    Args:
        candidates: every pair that reaches the least threshold.
        rank: (N,) place of each answer in its image, 0 the best.
        judged: (G, A) bool: whether a label counts in each range of areas.
        crowd: (G,) bool: labels that any number of answers may match.
        thresholds: (T,) OKS.

    Returns:
        found (N, T, A) int32: the label that the answer has found, −1 where it has found none; and
        unjudged (N, T, A) bool: whether that is one that does not count.
    """
    shape = (len(thresholds), judged.shape[1])
    given = np.full((len(rank), *shape), -1, dtype=np.int32)
    unjudged = np.zeros((len(rank), *shape), dtype=bool)
    taken = np.zeros((len(judged), *shape), dtype=bool)
    of_rank = rank[candidates.answer]
    for place in range(of_rank.max(initial=-1) + 1):
        members = np.flatnonzero(of_rank == place)
        answer, label = candidates.answer[members], candidates.label[members]
        # A label is in one image, and an image has one answer of a rank, so within a rank no
        # two answers want the same label: their order plays no part.
        free = ~taken[label]
        free &= (candidates.oks[members, None] >= thresholds)[..., None]
        # The position says the preference, and a judged label is preferred to all that are not.
        count = len(members)
        preference = np.arange(count, dtype=np.int32)[:, None] + count * judged[label]
        wanted = np.where(free, preference.astype(np.int32)[:, None, :], np.int32(-1))
        starts = np.flatnonzero(np.diff(answer, prepend=-1))
        best = np.maximum.reduceat(wanted, starts, axis=0)
        found = best >= 0
        unjudged[answer[starts]] = found & (best < count)
        chosen = label[best % count]
        given[answer[starts]] = np.where(found, chosen, -1)
        where = np.nonzero(found & ~crowd[chosen])
        taken[(chosen[where], *where[1:])] = True
    return given, unjudged
