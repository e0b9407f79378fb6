"""What looks wrong in a data set's annotations: a record each, ranked, and told as json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

#: kind of finding → what it means, the most telling first
KINDS = {
    "sides": "left and right look exchanged",
    "duplicate": "two persons of a picture have the same joints",
    "outside picture": "labelled joints lie outside the picture",
    "outside box": "labelled joints lie far outside the person's box",
    "tiny box": "joints are labelled in a box too small to show them",
    "unreadable": "the picture cannot be read",
    "no joints": "a box without any labelled joint, of no use for training",
}


@dataclass(frozen=True)
class Finding:
    """Something to look at.

    Attributes:
        kind: one of `KINDS`.
        image: file of the picture.
        id: the annotation's id (see `AnnotatedPerson`), None for a picture as a whole.
        bbox: x, y, w, h in the image frame, None likewise.
        joints: names of the joints that it is about.
        why: one line with the numbers.
        severity: comparable within a kind; the greater, the worse.
        other_id: of a duplicate, the id of the person's double.
    """

    kind: str
    image: str
    id: Any
    bbox: list[float] | None
    joints: tuple[str, ...]
    why: str
    severity: float
    other_id: Any = None


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """Findings by kind, in the order of `KINDS`, the worst of each first."""
    order = list(KINDS)
    return sorted(findings, key=lambda finding: (order.index(finding.kind), -finding.severity))


def worst(findings: Sequence[Finding], num: int) -> list[Finding]:
    """At most `num` findings with a share for every kind, the worst of each.

    So that a thousand boxes without joints do not hide the one person with exchanged sides. Nobody
    appears twice, and what stands for no person is left out.
    """
    ranked = [finding for finding in by_severity(findings) if finding.bbox]
    queues = {kind: [finding for finding in ranked if finding.kind == kind] for kind in KINDS}
    chosen: list[Finding] = []
    taken: set[tuple[str, Any]] = set()
    while len(chosen) < num and any(queues.values()):
        for queue in queues.values():
            while queue and (queue[0].image, queue[0].id) in taken:
                queue.pop(0)
            if queue and len(chosen) < num:
                chosen.append(queue.pop(0))
                taken.add((chosen[-1].image, chosen[-1].id))
    return by_severity(chosen)


def report(findings: Sequence[Finding], people: int) -> dict[str, Any]:
    """What `suspicious.json` holds.

    Args:
        findings: in the order in which they are to stand.
        people: how many were looked at.
    """
    counts = Counter(finding.kind for finding in findings)
    return {
        "people": people,
        "kinds": {kind: {"meaning": says, "found": counts[kind]} for kind, says in KINDS.items()},
        "findings": [asdict(finding) for finding in findings],
    }


def summary(findings: Sequence[Finding], people: int) -> str:
    """The counts as lines for a terminal."""
    counts = Counter(finding.kind for finding in findings)
    lines = [f"Suspicious annotations of {people} people: {len(findings)}"]
    lines += [
        f"  {counts[kind]:6d}  {kind}: {says}" for kind, says in KINDS.items() if counts[kind]
    ]
    return "\n".join(lines)
