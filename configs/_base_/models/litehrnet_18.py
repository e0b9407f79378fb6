"""Lite-HRNet-18: 2, 4 and 2 modules of LITE blocks."""

model = dict(
    type="TopDown",
    pretrained=None,
    backbone=dict(
        type="LiteHRNet",
        in_channels=3,
        extra=dict(
            stem=dict(stem_channels=32, out_channels=32, expand_ratio=1),
            num_stages=3,
            stages_spec=dict(
                num_modules=(2, 4, 2),
                num_branches=(2, 3, 4),
                num_blocks=(2, 2, 2),
                module_type=("LITE", "LITE", "LITE"),
                with_fuse=(True, True, True),
                reduce_ratios=(8, 8, 8),
                num_channels=((40, 80), (40, 80, 160), (40, 80, 160, 320)),
            ),
            with_head=True,
        ),
    ),
    # in_channels is what the backbone emits
    keypoint_head=dict(
        type="TopDownSimpleHead",
        out_channels=17,
        num_deconv_layers=0,
        extra=dict(final_conv_kernel=1),
    ),
    train_cfg=dict(),
    test_cfg=dict(
        flip_test=True,
        post_process="default",  # quarter pixel; 'unbiased' is DARK
        shift_heatmap=True,
        modulate_kernel=11,  # of 'unbiased' and 'megvii'; plays no part in 'default'
    ),
    loss_pose=dict(type="JointsMSELoss", use_target_weight=True),
)
