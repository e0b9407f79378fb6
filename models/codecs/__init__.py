"""Codecs: keypoints → target heatmaps, and predicted heatmaps → keypoints.

`base.py` has the contract, and `build_codec`. One file a scheme:

- `msra.py`: rounded Gaussian (and its unbiased variant); the peak, moved by a quarter of a heatmap
  pixel (the published one) or by `dark.py`: Newton's step on the log heatmap.
- `megvii.py`: blurred light of height 255; peak of the blurred heatmap.
- `udp.py`: exact Gaussian on a grid counted between pixel middles, Newton's step; or, in
  `udp_offsets.py`, a disc with offset maps.

What they share: `frames.py` (crop → heatmap → image), `gaussian.py` (bells and blur),
`weights.py` (the loss weight of a keypoint), `peaks.py` (arg-max and its neighbours), `newton.py`,
`flip.py` and `views.py` (the flip test).
"""

from models.codecs.base import Codec, build_codec, check_average
from models.codecs.flip import flip_back
from models.codecs.frames import heatmap_to_image
from models.codecs.megvii import MegviiHeatmap, encode_megvii
from models.codecs.msra import MSRAHeatmap, encode_msra
from models.codecs.udp import UDPHeatmap, encode_udp
from models.codecs.udp_offsets import encode_combined
from models.codecs.views import average_views

__all__ = [
    "Codec",
    "MSRAHeatmap",
    "MegviiHeatmap",
    "UDPHeatmap",
    "average_views",
    "build_codec",
    "check_average",
    "encode_combined",
    "encode_megvii",
    "encode_msra",
    "encode_udp",
    "flip_back",
    "heatmap_to_image",
]
