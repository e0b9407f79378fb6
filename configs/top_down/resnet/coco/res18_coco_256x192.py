"""Not trained here: no number comes with it. 15.4M parameters, 5.7 GFLOPs as HRNet's tables count.

Give torchvision's file of ImageNet's weights as model.pretrained.
On 8 GPUs with 64 samples each: tools/train.py configs/top_down/resnet/coco/res18_coco_256x192.py
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_210e.py",
    "../../../_base_/models/simple_baseline_resnet18.py",
    "../../../_base_/datasets/coco_256x192_heavy.py",
]
optimizer = dict(lr=5e-4)
