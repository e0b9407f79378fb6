"""The embedded data set in COCO's form, at 128×96 (height × width): small enough for two cores.

Written by tools/dataset/make_synthetic.py data/synthetic. The people are drawn upright and in many
places already, so little is turned and scaled; at this size a heatmap cell is four pixels, so joints
are encoded and decoded at their exact place (DARK).
"""

_base_ = "coco_256x192.py"

data_root = "data/synthetic"
data_cfg = dict(
    image_size=[96, 128],  # (w, h)
    sigma=1.5,
    bbox_file=f"{data_root}/person_detections_val.json",
)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownRandomShiftBboxCenter", shift_factor=0.2, prob=0.3, relative_to="box"),
    dict(type="TopDownRandomFlip", flip_prob=0.5),
    dict(type="TopDownGetRandomScaleRotation", rot_factor=15, scale_factor=0.15),
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    dict(type="TopDownGenerateTarget", unbiased_encoding=True),
    dict(
        type="Collect",
        keys=["img", "target", "target_weight"],
        meta_keys=["image_file", "center", "scale", "rotation", "bbox_score", "flip_pairs"],
    ),
]
data = dict(
    samples_per_gpu=8,
    workers_per_gpu=1,
    val_dataloader=dict(samples_per_gpu=64),
    test_dataloader=dict(samples_per_gpu=64),
    train=dict(
        ann_file=f"{data_root}/annotations/person_keypoints_train.json",
        img_prefix=f"{data_root}/train/",
        data_cfg=data_cfg,
        pipeline=train_pipeline,
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
evaluation = dict(interval=3)
