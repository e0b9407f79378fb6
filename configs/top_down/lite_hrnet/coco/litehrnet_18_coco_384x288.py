"""Published: COCO val2017 AP .676 (detector boxes, flip test), 1.1M parameters, 461.6M FLOPs.

On 8 GPUs with 32 samples each: tools/train.py configs/top_down/lite_hrnet/coco/litehrnet_18_coco_384x288.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/litehrnet_18.py",
    "../../../_base_/datasets/coco_384x288.py",
]
