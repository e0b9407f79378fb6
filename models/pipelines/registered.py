"""All steps of this folder, imported: what a config's `type` can name."""

from models.pipelines import (
    affine,
    boxes,
    flip,
    format,
    half_body,
    loading,
    photometric,
    scale_rotation,
    target,
)

__all__ = [
    "affine",
    "boxes",
    "flip",
    "format",
    "half_body",
    "loading",
    "photometric",
    "scale_rotation",
    "target",
]
