"""Lite-HRNet-18 on the embedded data set in MPII's form: PCKh in minutes on two cores."""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_quick.py",
    "../../../_base_/models/litehrnet_18.py",
    "../../../_base_/datasets/synthetic_mpii_128x128.py",
]

model = dict(keypoint_head=dict(out_channels=16))
checkpoint_config = dict(interval=1)
log_config = dict(interval=20)
