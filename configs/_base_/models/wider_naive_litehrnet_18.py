"""Wider naive Lite-HRNet-18: ShuffleNetV2 units at the widths of Lite-HRNet."""

_base_ = "litehrnet_18.py"

model = dict(
    backbone=dict(
        extra=dict(
            stages_spec=dict(
                module_type=("NAIVE", "NAIVE", "NAIVE"),
                reduce_ratios=(1, 1, 1),  # NAIVE blocks have none
            )
        )
    )
)
