"""Published: MPII val PCKh@0.5 .853, 0.7M parameters, 259.6M FLOPs.

On 8 GPUs with 32 samples each: tools/train.py configs/top_down/naive_litehrnet/mpii/naive_litehrnet_18_mpii_256x256.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/naive_litehrnet_18.py",
    "../../../_base_/datasets/mpii_256x256.py",
]

model = dict(keypoint_head=dict(out_channels=16))
