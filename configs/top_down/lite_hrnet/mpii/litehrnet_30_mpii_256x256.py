"""Published: MPII val PCKh@0.5 .870, 1.8M parameters, 425.3M FLOPs.

On 8 GPUs with 32 samples each: tools/train.py configs/top_down/lite_hrnet/mpii/litehrnet_30_mpii_256x256.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/litehrnet_30.py",
    "../../../_base_/datasets/mpii_256x256.py",
]

model = dict(keypoint_head=dict(out_channels=16))
