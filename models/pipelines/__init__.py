"""One sample on its way from file to tensor: a list of small steps, each a callable on a dict.

- `compose.py` runs the list; `sample.py` is the dict, whose image is decoded when somebody looks
  at it; `declared.py` says what a step may offer beyond being called.
- `loading.py` opens the image: `picture.py` is the file, `lazy_image.py` the image that nobody has
  looked at.
- `boxes.py`, `half_body.py`, `scale_rotation.py` move center, scale and rotation: numbers only.
- `flip.py`, `photometric.py` change the image.
- `affine.py` cuts the crop that center, scale and rotation describe: `crop.py` for the pixels,
  `reduced.py` for images decoded at a part of their size.
- `target.py` turns joints into heatmaps; `format.py` makes tensors and collects the outcome.
- `preprocess.py`: box → crop → array in one, without steps, for inference.

A sample's keys (frames as in `models.structures`):

- `image_file`; `img` (H, W, 3) uint8 RGB, from `ToTensor` on (3, H, W) float32 in 0–1
- `bbox` (4,) x, y, w, h in the image frame, as annotated or detected; `bbox_score`; `bbox_id`, the
  sample's number in its data set; `image_id`
- `center` (2,), `scale` (2,), `rotation` in degrees: the crop, in the frame of `img` before
  `TopDownAffine`, which is the image frame, mirrored where `flipped` is True
- `joints_3d` (K, 3), `joints_3d_visible` (K, 3): in the frame of `img`
- `dataset`, the name of the joints; `ann_info`, what all samples of a data set share

Random numbers come from the generator that the loader hands over with each sample: `rng_of`. Steps
that draw from `np.random` are seeded too.

Names are loaded when first used, so that inference with exported models needs neither PyTorch nor
mmcv; `registered.py` loads all steps, for configs to name them.
"""

from __future__ import annotations

import importlib
from typing import Any

from models.runtime.quiet import quiet_imports

_PUBLIC = {
    "Album": "picture",
    "BadImage": "picture",
    "Collect": "format",
    "Compose": "compose",
    "LoadImageFromFile": "loading",
    "NormalizeTensor": "format",
    "PhotometricDistortion": "photometric",
    "Picture": "picture",
    "Pixels": "crop",
    "Preprocessor": "preprocess",
    "Region": "crop",
    "Sample": "sample",
    "ToTensor": "format",
    "TopDownAffine": "affine",
    "TopDownGenerateTarget": "target",
    "TopDownGetBboxCenterScale": "boxes",
    "TopDownGetRandomScaleRotation": "scale_rotation",
    "TopDownHalfBodyTransform": "half_body",
    "TopDownRandomFlip": "flip",
    "TopDownRandomShiftBboxCenter": "boxes",
    "TopDownRandomTranslation": "boxes",
    "read_image": "loading",
    "rng_of": "sample",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        with quiet_imports():
            return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
