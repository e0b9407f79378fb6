"""Steps that cost less together than one after the other, and answer with the same bits.

Two sequences that published pipelines have are recognised in a list of steps:

- picture to crop: `LoadImageFromFile`, steps that move numbers only, `TopDownAffine`; they become
  `CropFromFile`;
- crop to tensor: `ToTensor`, `NormalizeTensor`; they become `NormalizedTensor`.

The last steps, which draw no random numbers, are done to a whole batch: `tail_for_batches`.

Every other step runs as it stands. A subclass is another step: it may do anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.pipelines.affine import TopDownAffine
from models.pipelines.crop_from_file import NUMBERS_ONLY, CropFromFile
from models.pipelines.flip import TopDownRandomFlip
from models.pipelines.format import Collect, NormalizedTensor, NormalizeTensor, ToTensor
from models.pipelines.loading import LoadImageFromFile
from models.pipelines.picture import Album
from models.pipelines.target import TopDownGenerateTarget

Step = Callable[[dict[str, Any]], dict[str, Any]]


def fuse(steps: Sequence[Step], album: Album | None = None) -> list[Step]:
    """The steps, with the sequences above put together.

    Args:
        steps: the list.
        album: where `CropFromFile` finds pictures, if not in their files.

    Raises:
        ValueError: `LoadImageFromFile(reduced=True)` stands before a step that may look at the
            picture; names it. Or there is an album and nothing that would ask it.
    """
    fused: list[Step] = []
    rest = list(steps)
    while rest:
        length = _crop_steps(rest)
        if length:
            first, *between, last = rest[:length]
            fused.append(CropFromFile(first, between, last, album))
        elif _makes_normalized(rest):
            length = 2
            fused.append(NormalizedTensor(*rest[:2]))
        else:
            length = 1
            fused.append(rest[0])
        del rest[:length]
    if album is not None and not any(type(step) is CropFromFile for step in fused):
        raise ValueError(
            "crop_cache needs a pipeline that goes from LoadImageFromFile to TopDownAffine by this "
            "project's steps on boxes, scale and rotation and one flip at most; take it out"
        )
    return fused


def tail_for_batches(steps: Sequence[Step]) -> list[Step]:
    """The longest end of the list that may be run when all samples of a batch have come so far.

    Its steps draw nothing, so that each sample's random numbers stay its own.
    """
    for begin in range(len(steps)):
        if all(_can_wait(step) for step in steps[begin:]):
            return list(steps[begin:])
    return []


def _can_wait(step: Step) -> bool:
    if type(step) is ToTensor:
        return step.keep_uint8
    return type(step) in (NormalizedTensor, TopDownGenerateTarget, Collect)


def _makes_normalized(steps: Sequence[Step]) -> bool:
    kinds = [type(step) for step in steps[:2]]
    return kinds == [ToTensor, NormalizeTensor] and not steps[0].keep_uint8


def _crop_steps(steps: Sequence[Step]) -> int:
    """How many of the first steps make a crop of a file and can be put together; 0 if none."""
    load = steps[0]
    if type(load) is not LoadImageFromFile:
        return 0
    end = next((i for i, step in enumerate(steps[1:], 1) if type(step) not in NUMBERS_ONLY), None)
    flips = sum(type(step) is TopDownRandomFlip for step in steps[1:end])
    fits = end is not None and type(steps[end]) is TopDownAffine and flips <= 1
    if fits and not load.to_float32:
        return end + 1
    if load.reduced:
        problem = "with to_float32" if load.to_float32 else "with these steps after it"
        names = ", ".join(type(step).__name__ for step in steps[1:])
        raise ValueError(
            f"LoadImageFromFile(reduced=True) does not work {problem} ({names}): between it and "
            "TopDownAffine only this project's steps on boxes, scale and rotation and one flip "
            "may stand; leave 'reduced' out"
        )
    return 0
