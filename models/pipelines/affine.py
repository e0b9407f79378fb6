"""The crop: image and joints through one matrix."""

from __future__ import annotations

from typing import Any

from models.builder import PIPELINES
from models.pipelines.crop import crop_image
from models.pipelines.preprocess import matrix_to_crop
from models.structures import transform_points


@PIPELINES.register_module()
class TopDownAffine:
    """Cut the crop that `center`, `scale` and `rotation` describe, bilinearly, black outside.

    An image that no step has looked at is read where the crop needs it, with the same bits as if
    it were there; see `LazyImage.crop`. `crop_matrix` (2, 3) records the way from the image to the
    crop. Joints that are not visible stay as they are: their coordinates mean nothing.

    Args:
        use_udp: the matrix of unbiased data processing, for networks trained with it.
    """

    def __init__(self, use_udp: bool = False) -> None:
        self.use_udp = use_udp

    def __call__(self, sample: dict[str, Any]) -> dict[str, Any]:
        width, height = map(int, sample["ann_info"]["image_size"])
        matrix = matrix_to_crop(
            sample["center"], sample["scale"], sample["rotation"], (width, height), self.use_udp
        )
        sample["crop_matrix"] = matrix
        image = getattr(sample, "image", None)
        if image is not None:
            sample.image = None  # its file is not to be kept until the batch is together
            sample["img"] = image.crop(matrix, (width, height))
        else:
            sample["img"] = crop_image(sample["img"], matrix, (width, height))
        seen = sample["joints_3d_visible"][:, 0] > 0
        joints = sample["joints_3d"].copy()
        joints[seen, :2] = transform_points(joints[seen, :2], matrix)
        sample["joints_3d"] = joints
        return sample

    def described(self) -> dict[str, Any]:
        """See `declared.py`."""
        return {"udp": self.use_udp}
