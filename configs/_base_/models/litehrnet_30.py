"""Lite-HRNet-30: 3, 8 and 3 modules."""

_base_ = "litehrnet_18.py"

model = dict(backbone=dict(extra=dict(stages_spec=dict(num_modules=(3, 8, 3)))))
