"""Plain facts about joints, boxes and crops, as frozen data and pure functions.

- `keypoints.py`: what a set of joints is (names, pairs, sigmas, skeleton); `coco.py`, `mpii.py`
  and `hand.py` hold the published ones.
- `boxes.py`: a person's box ↔ the center and scale of its crop, ↔ its corners; overlap of boxes.
- `affine.py`: the matrix from the image to the crop, and points through it.

Glossary, kept by the whole package:

- B batch, C channels, K joints, H rows, W columns; N any number of instances.
- Sizes are `(w, h)`, arrays are `(H, W)`, points are `(x, y)`, boxes are `(x, y, w, h)` with x, y
  the upper left corner. x grows to the right, y downwards; (0, 0) is the middle of the first pixel.
- Every coordinate belongs to a frame: *image* (pixels of the picture), *crop* (pixels of the
  network's input) or *heatmap* (cells of its output, as a rule a quarter of the crop).
- joint (or keypoint): one of the K named points of a person. `joints` (K, 3) holds x, y and an
  unused 0; `visible` (K, 3) holds the visibility twice and a 0: above 0 where the joint is
  labelled, whether or not something hides it.
- center (2,): middle of the crop, in the image frame. scale (2,): width and height of the crop in
  units of `PIXEL_STD` = 200 image pixels, padding included.
- rotation: degrees; the angle by which the crop is turned against the image.
- target (K, H, W) and weight (K, 1): what the network shall answer, and how much each joint counts.
- sigma: spread of the Gaussian of a target, in heatmap cells. sigmas (K,): spread of the
  annotators, a constant per joint that OKS is made with.
- OKS: object keypoint similarity (COCO). PCKh: share of correct keypoints by head size (MPII).
"""

from models.structures.affine import (
    crop_matrix,
    inverse_crop_matrix,
    transform_points,
    udp_matrix,
)
from models.structures.boxes import (
    PADDING,
    PIXEL_STD,
    box_iou,
    box_to_center_scale,
    clip_box,
    xywh_to_xyxy,
    xyxy_to_xywh,
)
from models.structures.coco import COCO_17
from models.structures.hand import HAND_21
from models.structures.keypoints import KeypointSet, dataset_info_of, keypoint_set_from_info
from models.structures.mpii import MPII_16

__all__ = [
    "COCO_17",
    "HAND_21",
    "MPII_16",
    "PADDING",
    "PIXEL_STD",
    "KeypointSet",
    "box_iou",
    "box_to_center_scale",
    "clip_box",
    "crop_matrix",
    "dataset_info_of",
    "inverse_crop_matrix",
    "keypoint_set_from_info",
    "transform_points",
    "udp_matrix",
    "xywh_to_xyxy",
    "xyxy_to_xywh",
]
