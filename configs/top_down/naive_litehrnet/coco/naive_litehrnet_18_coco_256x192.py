"""Published: COCO val2017 AP .628 (detector boxes, flip test), 0.7M parameters, 194.8M FLOPs.

On 8 GPUs with 64 samples each: tools/train.py configs/top_down/naive_litehrnet/coco/naive_litehrnet_18_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/naive_litehrnet_18.py",
    "../../../_base_/datasets/coco_256x192.py",
]
