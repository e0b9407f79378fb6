"""HRNet-w32: four stages, 32 channels at the highest resolution (arXiv 1902.09212)."""

model = dict(
    type="TopDown",
    # a file with the weights of ImageNet (hrnet_w32-36af842e.pth): published numbers start from it
    pretrained=None,
    backbone=dict(
        type="HRNet",
        in_channels=3,
        extra=dict(
            stage1=dict(
                num_modules=1,
                num_branches=1,
                block="BOTTLENECK",
                num_blocks=(4,),
                num_channels=(64,),
            ),
            stage2=dict(
                num_modules=1,
                num_branches=2,
                block="BASIC",
                num_blocks=(4, 4),
                num_channels=(32, 64),
            ),
            stage3=dict(
                num_modules=4,
                num_branches=3,
                block="BASIC",
                num_blocks=(4, 4, 4),
                num_channels=(32, 64, 128),
            ),
            stage4=dict(
                num_modules=3,
                num_branches=4,
                block="BASIC",
                num_blocks=(4, 4, 4, 4),
                num_channels=(32, 64, 128, 256),
            ),
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
