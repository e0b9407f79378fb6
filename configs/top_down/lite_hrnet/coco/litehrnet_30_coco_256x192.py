"""Published: COCO val2017 AP .672 (detector boxes, flip test), 1.8M parameters, 319.2M FLOPs.

On 8 GPUs with 64 samples each: tools/train.py configs/top_down/lite_hrnet/coco/litehrnet_30_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/litehrnet_30.py",
    "../../../_base_/datasets/coco_256x192.py",
]
