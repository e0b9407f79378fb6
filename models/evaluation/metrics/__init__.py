"""The registered metrics, one file for each kind of ground truth.

- `coco.py`: `CocoMetric`, AP and AR by OKS.
- `mpii.py`: `MpiiPCKh`.
- `keypoints.py`: `PCK`, `AUC`, `EPE` and `NME`, for any keypoints.
"""

from models.evaluation.metrics.coco import CocoMetric
from models.evaluation.metrics.keypoints import AUC, EPE, NME, PCK
from models.evaluation.metrics.mpii import MpiiPCKh

__all__ = ["AUC", "EPE", "NME", "PCK", "CocoMetric", "MpiiPCKh"]
