"""Any network of timm as backbone; this one is the network of resnet/coco/res50_coco_256x192.py.

Needs `pip install timm`. Not trained here: no number comes with it. Another model_name takes another
network; the head finds its channels, and `pretrained=True` has timm fetch its weights.
On 8 GPUs with 64 samples each: tools/train.py configs/top_down/timm/coco/timm_res50_coco_256x192.py
"""

_base_ = ["../../resnet/coco/res50_coco_256x192.py"]

model = dict(
    backbone=dict(
        _delete_=True,
        type="TimmBackbone",
        model_name="resnet50",
        out_indices=(4,),  # timm counts the stem as 0
        pretrained=False,
    )
)
