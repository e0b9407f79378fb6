"""SimpleBaseline: ResNet-50 and three transposed convolutions (arXiv 1804.06208)."""

model = dict(
    type="TopDown",
    # a file with the weights of ImageNet, such as torchvision's: published numbers start from it
    pretrained=None,
    backbone=dict(type="ResNet", depth=50),
    # in_channels is what the backbone emits
    keypoint_head=dict(
        type="TopDownSimpleHead",
        out_channels=17,
        num_deconv_layers=3,
        num_deconv_filters=(256, 256, 256),
        num_deconv_kernels=(4, 4, 4),
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
