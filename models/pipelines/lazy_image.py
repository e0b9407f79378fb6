"""An image that is decoded when its pixels are wanted, and of which a crop reads but a part."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from models.pipelines.crop import cut, needed_region
from models.pipelines.picture import ImageSource, OnlyCropsError
from models.pipelines.reduced import from_reduced, reduced_size, reduction_for


@dataclass(frozen=True, eq=False, slots=True)
class LazyImage:
    """The image of a sample until somebody looks at it.

    Attributes:
        source: where the pixels come from.
        channel_order: of the pixels that are handed out, 'rgb' or 'bgr'.
        reduced: whether crops are made of the reduced image where they lose nothing by it, see
            `reduced.py`; then nothing but crops is.
        is_mirrored: whether it is the mirror image.
    """

    source: ImageSource
    channel_order: str = "rgb"
    reduced: bool = False
    is_mirrored: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.source.size[0]

    @property
    def crops_only(self) -> str | None:
        """The option for whose sake nothing but crops may be read; None for no such."""
        return "LoadImageFromFile(reduced=True)" if self.reduced else self.source.crops_only

    def mirrored(self) -> LazyImage:
        """The mirror image, still to be decoded."""
        return LazyImage(self.source, self.channel_order, self.reduced, not self.is_mirrored)

    def array(self) -> np.ndarray:
        """All pixels (H, W, 3) uint8, to be written to as one likes.

        Raises:
            OnlyCropsError: it is not to be had as a whole.
            BadImage: the file cannot be used.
        """
        if self.crops_only is not None:
            raise OnlyCropsError(self.crops_only)
        image = self.source.array()
        if self.channel_order == "rgb":
            image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        if self.is_mirrored:
            return cv2.flip(image, 1)
        return image if self.channel_order == "rgb" else image.copy()

    def crop(self, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """What `crop_image` makes of `array()`, bit for bit unless `reduced`, at less cost.

        Only the pixels that the crop is made of are fetched, converted and mirrored, see `cut`.

        Args:
            matrix: (2, 3) from the image, mirrored where it is, to the crop.
            size: (w, h) of the crop.

        Returns:
            (h, w, 3) uint8.

        Raises:
            BadImage: the file cannot be used.
        """
        image_size = self.source.size
        reduction = reduction_for(matrix) if self.reduced and self.source.can_be_reduced else 1
        if reduction > 1:
            matrix = from_reduced(matrix, reduction, image_size[0], self.is_mirrored)
            image_size = reduced_size(image_size, reduction)
        needed = needed_region(matrix, size, image_size)
        stored = needed.mirrored(image_size[0]) if self.is_mirrored else needed
        pixels = self.source.pixels(stored, reduction)
        return cut(pixels, needed, image_size, matrix, size, self.is_mirrored, self.channel_order)
