"""The quick start: Lite-HRNet-18 on the embedded data set, minutes on two cores.

Made for two processes with 8 samples each: tools/quickstart.sh
"""

_base_ = [
    "../../../_base_/default_runtime.py",
    "../../../_base_/schedules/adam_quick.py",
    "../../../_base_/models/litehrnet_18.py",
    "../../../_base_/datasets/synthetic_coco_128x96.py",
]

model = dict(test_cfg=dict(post_process="unbiased"))
checkpoint_config = dict(interval=1)
log_config = dict(interval=50)
