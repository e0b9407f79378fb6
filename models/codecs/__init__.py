"""Coordinates ↔ heatmaps: what the network is taught, and how its answer is read.

One file a scheme, encoder and decoder together:

- `msra.py`: rounded Gaussian (and its unbiased variant); peak + a quarter cell. The published one.
- `megvii.py`: blurred light of height 255; peak of the blurred answer.
- `udp.py`: exact Gaussian on a grid counted between pixel middles; Newton step.
- `dark.py`: Newton step on the log heatmap; decodes what `msra.py` encodes.

What they share: `frames.py` (crop → heatmap → image), `gaussian.py` (bells and blur),
`weights.py` (the loss weight of a joint), `peaks.py` (arg-max and its neighbours), `newton.py`.

What the rest of the package calls: an encoder, `decode.decode`, `flip.flip_back`, and
`views.average_views`, the flip test.
"""

from models.codecs.decode import check_decoding, decode, heatmap_to_image
from models.codecs.flip import flip_back
from models.codecs.megvii import encode_megvii
from models.codecs.msra import encode_msra
from models.codecs.udp import encode_udp
from models.codecs.views import average_views

__all__ = [
    "average_views",
    "check_decoding",
    "decode",
    "encode_megvii",
    "encode_msra",
    "encode_udp",
    "flip_back",
    "heatmap_to_image",
]
