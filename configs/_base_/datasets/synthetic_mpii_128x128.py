"""The embedded data set in MPII's form, at 128×128.

Written by tools/dataset/make_synthetic.py data/synthetic.
"""

_base_ = "mpii_256x256.py"

data_root = "data/synthetic"
data_cfg = dict(image_size=[128, 128], sigma=1.5)
data = dict(
    samples_per_gpu=32,
    workers_per_gpu=1,
    val_dataloader=dict(samples_per_gpu=64),
    test_dataloader=dict(samples_per_gpu=64),
    train=dict(
        ann_file=f"{data_root}/mpii/annotations/mpii_train.json",
        img_prefix=f"{data_root}/",
        data_cfg=data_cfg,
    ),
    val=dict(
        ann_file=f"{data_root}/mpii/annotations/mpii_val.json",
        img_prefix=f"{data_root}/",
        data_cfg=data_cfg,
    ),
    test=dict(
        ann_file=f"{data_root}/mpii/annotations/mpii_val.json",
        img_prefix=f"{data_root}/",
        data_cfg=data_cfg,
    ),
)
evaluation = dict(interval=1)
