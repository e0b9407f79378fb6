"""COCO keypoints at 384×288 (height × width): a wider Gaussian, half the batch."""

_base_ = "coco_256x192.py"

data_cfg = dict(image_size=[288, 384], sigma=3)
data = dict(
    samples_per_gpu=32,
    train=dict(data_cfg=data_cfg),
    val=dict(data_cfg=data_cfg),
    test=dict(data_cfg=data_cfg),
)
