"""COCO at 256×192 with the augmentation of large networks: rotation to 80°, scale 0.5 to 1.5.

As mmpose 0.x trains ResNet and HRNet; Lite-HRNet rotates to 60° and scales 0.75 to 1.25.
"""

_base_ = ["./coco_256x192.py"]

train_pipeline = [
    dict(type="LoadImageFromFile"),
    dict(type="TopDownRandomShiftBboxCenter", shift_factor=0.16, prob=0.3),
    dict(type="TopDownRandomFlip", flip_prob=0.5),
    dict(type="TopDownHalfBodyTransform", num_joints_half_body=8, prob_half_body=0.3),
    dict(type="TopDownGetRandomScaleRotation", rot_factor=40, scale_factor=0.5),
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
            "bbox_score",
            "flip_pairs",
        ],
    ),
]
data = dict(train=dict(pipeline=train_pipeline))
