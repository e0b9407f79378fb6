"""Published: COCO val2017 AP .718 by mmpose 0.x, .704 in the paper (detector boxes, flip test).

34.0M parameters, 8.9 GFLOPs as HRNet's tables count. Both numbers start from ImageNet's weights:
give torchvision's file as model.pretrained.
On 8 GPUs with 64 samples each: tools/train.py configs/top_down/resnet/coco/res50_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/simple_baseline_resnet50.py",
    "../../../_base_/datasets/coco_256x192_heavy.py",
]
optimizer = dict(lr=5e-4)
