"""A pose run of which almost everything is one's own."""

custom_imports = dict(
    imports=[
        f"tests.contracts.members.own_{name}"
        for name in (
            *("backbone", "codec", "dataset", "format"),
            *("loss", "metric", "schedule", "step"),
        )
    ],
    allow_failed_imports=False,
)

codec = dict(type="Pyramid", reach=3.0)
head = dict(type="TopDownSimpleHead", out_channels=3, num_deconv_layers=1, num_deconv_filters=16)
teacher = dict(
    type="TopDown",
    backbone=dict(type="ThreeConvolutions", width=24),
    keypoint_head=dict(type="TopDownSimpleHead", out_channels=3),
)
model = dict(
    type="TopDown",
    backbone=dict(type="ThreeConvolutions"),
    keypoint_head=head,
    codec=codec,
    test_cfg=dict(flip_test=True),
    loss_pose=[
        dict(type="JointsMSELoss", use_target_weight=True),
        dict(type="DistillationLoss", teacher=teacher, loss_weight=0.01),
    ],
)
data_cfg = dict(image_size=[48, 48])
tensors = [
    dict(type="TopDownAffine"),
    dict(type="ToTensor"),
    dict(type="NormalizeTensor", mean=[0.5, 0.5, 0.5], std=[0.5, 0.5, 0.5]),
]
facts = ["image_file", "center", "scale", "flip_pairs"]
test = dict(
    type="ArrowDataset",
    data_cfg=data_cfg,
    pipeline=[
        dict(type="LoadImageFromFile"),
        *tensors,
        dict(type="Collect", keys=["img"], meta_keys=facts),
    ],
)
data = dict(
    samples_per_gpu=8,
    workers_per_gpu=0,
    train=dict(
        type="ArrowDataset",
        data_cfg=data_cfg,
        pipeline=[
            dict(type="LoadImageFromFile"),
            dict(type="LargerCrop"),
            dict(type="TopDownRandomFlip"),
            dict(type="GreySquare"),
            *tensors,
            dict(type="TopDownGenerateTarget", codec=codec),
            dict(type="Collect", keys=["img", "target", "target_weight"], meta_keys=facts),
        ],
    ),
    val=test,
    test=test,
)
evaluation = dict(interval=1, metric=["WithinPixels", "PCK", "EPE"], pixels=8, save_best="EPE")
optimizer = dict(type="Adam", lr=1e-2)
optimizer_config = dict(grad_clip=None)
lr_config = dict(policy="Root")
total_epochs = 4
checkpoint_config = dict(interval=1)
log_config = dict(interval=1, hooks=[dict(type="TextLoggerHook")])
log_level = "INFO"
