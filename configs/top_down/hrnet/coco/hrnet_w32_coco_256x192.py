"""Published: COCO val2017 AP .746 by mmpose 0.x, .744 in the paper (detector boxes, flip test).

28.5M parameters, 7.1 GFLOPs as HRNet's tables count. Both numbers start from ImageNet's weights:
give the authors' file as model.pretrained.
On 8 GPUs with 64 samples each: tools/train.py configs/top_down/hrnet/coco/hrnet_w32_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/hrnet_w32.py",
    "../../../_base_/datasets/coco_256x192_heavy.py",
]
optimizer = dict(lr=5e-4)
