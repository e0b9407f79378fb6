"""Published: COCO val2017 AP .660 (detector boxes, flip test), 1.3M parameters, 311.1M FLOPs.

On 8 GPUs with 64 samples each: tools/train.py configs/top_down/naive_litehrnet/coco/wider_naive_litehrnet_18_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/wider_naive_litehrnet_18.py",
    "../../../_base_/datasets/coco_256x192.py",
]
