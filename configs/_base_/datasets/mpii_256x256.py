"""MPII single person at 256×256: boxes come with the annotations."""

data_root = "data/mpii"
data_cfg = dict(image_size=[256, 256], sigma=2, use_gt_bbox=True, bbox_file=None)
train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownRandomFlip", flip_prob=0.5),
    dict(type="TopDownGetRandomScaleRotation", rot_factor=30, scale_factor=0.25),
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    dict(type="TopDownGenerateTarget"),
    dict(
        type="Collect",
        keys=["img", "target", "target_weight"],
        meta_keys=[
            "image_file",
            "joints_3d",
            "joints_3d_visible",
            "center",
            "scale",
            "rotation",
            "flip_pairs",
        ],
    ),
]
test_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225]),
    dict(
        type="Collect",
        keys=["img"],
        meta_keys=["image_file", "center", "scale", "rotation", "bbox_id", "flip_pairs"],
    ),
]
data = dict(
    samples_per_gpu=32,
    workers_per_gpu=4,
    train=dict(
        type="TopDownMpiiDataset",
        ann_file=f"{data_root}/annotations/mpii_train.json",
        img_prefix=f"{data_root}/images/",
        data_cfg=data_cfg,
        pipeline=train_pipeline,
    ),
    val=dict(
        type="TopDownMpiiDataset",
        ann_file=f"{data_root}/annotations/mpii_val.json",
        img_prefix=f"{data_root}/images/",
        data_cfg=data_cfg,
        pipeline=test_pipeline,
    ),
    test=dict(
        type="TopDownMpiiDataset",
        ann_file=f"{data_root}/annotations/mpii_val.json",
        img_prefix=f"{data_root}/images/",
        data_cfg=data_cfg,
        pipeline=test_pipeline,
    ),
)
evaluation = dict(interval=5, metric="PCKh", save_best="PCKh")
