"""One sample on its way from file to tensor: a list of small steps, each a callable on a dict.

- `compose.py` runs the list, `sample.py` is the dict and names what a step misses.
- `loading.py` reads the picture: `picture.py` decodes it.
- `boxes.py`, `half_body.py`, `scale_rotation.py` move center, scale and rotation: numbers only.
- `flip.py`, `photometric.py` change the picture.
- `affine.py` cuts the crop that center, scale and rotation describe.
- `target.py` turns joints into heatmaps; `format.py` makes tensors and collects the outcome.
- `fusion.py` finds steps that cost less together: `crop_from_file.py` goes from file to crop, with
  `crop.py` for the pixels and `reduced.py` for pictures decoded at a part of their size.

A sample's keys (frames as in `models.structures`):

- `image_file`; `img` (H, W, 3) uint8 RGB, from `ToTensor` on (3, H, W) float32 in 0–1
- `bbox` (4,) x, y, w, h in the image frame, as annotated or detected; `bbox_score`; `bbox_id`, the
  sample's number in its data set; `image_id`
- `center` (2,), `scale` (2,), `rotation` in degrees: the crop, in the frame of `img` before
  `TopDownAffine`, which is the image frame, mirrored where `flipped` is True
- `joints_3d` (K, 3), `joints_3d_visible` (K, 3): in the frame of `img`
- `dataset`, the name of the joints; `ann_info`, what all samples of a data set share

Random numbers come from `np.random`'s global state, which the loader seeds for every sample.
"""

from models.pipelines.affine import TopDownAffine
from models.pipelines.boxes import (
    TopDownGetBboxCenterScale,
    TopDownRandomShiftBboxCenter,
    TopDownRandomTranslation,
)
from models.pipelines.compose import Compose
from models.pipelines.crop import Pixels, Region
from models.pipelines.flip import TopDownRandomFlip
from models.pipelines.format import Collect, NormalizeTensor, ToTensor
from models.pipelines.half_body import TopDownHalfBodyTransform
from models.pipelines.loading import LoadImageFromFile, read_image
from models.pipelines.photometric import PhotometricDistortion
from models.pipelines.picture import Album, BadImage, Picture
from models.pipelines.sample import Sample
from models.pipelines.scale_rotation import TopDownGetRandomScaleRotation
from models.pipelines.target import TopDownGenerateTarget

__all__ = [
    "Album",
    "BadImage",
    "Collect",
    "Compose",
    "LoadImageFromFile",
    "NormalizeTensor",
    "PhotometricDistortion",
    "Picture",
    "Pixels",
    "Region",
    "Sample",
    "ToTensor",
    "TopDownAffine",
    "TopDownGenerateTarget",
    "TopDownGetBboxCenterScale",
    "TopDownGetRandomScaleRotation",
    "TopDownHalfBodyTransform",
    "TopDownRandomFlip",
    "TopDownRandomShiftBboxCenter",
    "TopDownRandomTranslation",
    "read_image",
]
