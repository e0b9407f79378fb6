"""Naive Lite-HRNet-18: ShuffleNetV2 units at three quarters of the width."""

_base_ = "wider_naive_litehrnet_18.py"

model = dict(
    backbone=dict(
        extra=dict(stages_spec=dict(num_channels=((30, 60), (30, 60, 120), (30, 60, 120, 240))))
    )
)
