"""SimpleBaseline with ResNet-18."""

_base_ = ["./simple_baseline_resnet50.py"]

model = dict(backbone=dict(depth=18))
