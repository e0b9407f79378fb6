"""The embedded data set in COCO's form, at 128×96 (height × width): small enough for two cores.

Written by tools/dataset/make_synthetic.py data/synthetic.
"""

_base_ = "coco_256x192.py"

data_root = "data/synthetic"
data_cfg = dict(
    image_size=[96, 128],  # (w, h)
    sigma=1.5,
    bbox_file=f"{data_root}/person_detections_val.json",
)
data = dict(
    samples_per_gpu=32,
    workers_per_gpu=1,
    val_dataloader=dict(samples_per_gpu=64),
    test_dataloader=dict(samples_per_gpu=64),
    train=dict(
        ann_file=f"{data_root}/annotations/person_keypoints_train.json",
        img_prefix=f"{data_root}/train/",
        data_cfg=data_cfg,
    ),
    val=dict(
        ann_file=f"{data_root}/annotations/person_keypoints_val.json",
        img_prefix=f"{data_root}/val/",
        data_cfg=data_cfg,
    ),
    test=dict(
        ann_file=f"{data_root}/annotations/person_keypoints_val.json",
        img_prefix=f"{data_root}/val/",
        data_cfg=data_cfg,
    ),
)
evaluation = dict(interval=1)
