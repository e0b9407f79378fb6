"""From file to crop in one step: the pixels are fetched when it is known which are wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from models.pipelines.affine import TopDownAffine
from models.pipelines.boxes import (
    TopDownGetBboxCenterScale,
    TopDownRandomShiftBboxCenter,
    TopDownRandomTranslation,
)
from models.pipelines.crop import cut, needed_region
from models.pipelines.flip import TopDownRandomFlip
from models.pipelines.half_body import TopDownHalfBodyTransform
from models.pipelines.loading import LoadImageFromFile
from models.pipelines.picture import Album
from models.pipelines.reduced import from_reduced, reduced_size, reduction_for
from models.pipelines.scale_rotation import TopDownGetRandomScaleRotation

#: steps that neither read nor write the picture; of the flip, the part that does not
NUMBERS_ONLY = (
    TopDownGetBboxCenterScale,
    TopDownRandomShiftBboxCenter,
    TopDownRandomTranslation,
    TopDownHalfBodyTransform,
    TopDownGetRandomScaleRotation,
    TopDownRandomFlip,
)


class CropFromFile:
    """`image_file` → the crop in `img`, bit for bit as by the steps that it stands for.

    They draw the same random numbers in the same order, from which center, scale, rotation and
    mirroring follow; only then are pixels read, and only those of the crop (see `crop.cut`). The
    whole picture, which single steps leave in `img`, is never mirrored or converted, and people
    who follow each other share one decoding of it (see `Album`).

    Args:
        load: says which channel order, and whether reduced pictures will do.
        between: steps of the types `NUMBERS_ONLY`, with one flip at most.
        affine: makes the matrix.
        album: opens pictures; by default those of the files.
    """

    def __init__(
        self,
        load: LoadImageFromFile,
        between: Sequence[Callable[[dict[str, Any]], dict[str, Any]]],
        affine: TopDownAffine,
        album: Album | None = None,
    ) -> None:
        self.load = load
        self.between = list(between)
        self.affine = affine
        self.album = album or Album()
        self.stands_for = (load, *between, affine)
        self._flips = any(type(step) is TopDownRandomFlip for step in between)

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        picture = self.album.open(sample["image_file"])
        size = picture.size
        for step in self.between:
            if type(step) is TopDownRandomFlip:
                step.flip_all_but_the_picture(sample, size[0])
            else:
                sample = step(sample)
        matrix = self.affine.prepare(sample)
        mirrored = self._flips and sample["flipped"]
        width, height = (int(side) for side in sample["ann_info"]["image_size"])
        reduction = reduction_for(matrix) if self.load.reduced and picture.can_be_reduced else 1
        if reduction > 1:
            matrix = from_reduced(matrix, reduction, size[0], mirrored)
            size = reduced_size(size, reduction)
        needed = needed_region(matrix, (width, height), size)
        stored = needed.mirrored(size[0]) if mirrored else needed
        sample["img"] = cut(
            picture.pixels(stored, reduction),
            needed,
            size,
            matrix,
            (width, height),
            mirrored,
            self.load.channel_order,
        )
        return sample
