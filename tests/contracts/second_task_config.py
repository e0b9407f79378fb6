"""The config of the second task."""

custom_imports = dict(imports=["tests.contracts.second_task"], allow_failed_imports=False)

model = dict(type="PixelClassifier", channels=8)
data = dict(
    samples_per_gpu=4,
    workers_per_gpu=0,
    train=dict(type="Squares", count=32),
    val=dict(type="Squares", count=10, seed=1),
    test=dict(type="Squares", count=10, seed=1),
)
evaluation = dict(interval=1, metric="mIoU")
optimizer = dict(type="Adam", lr=1e-2)
optimizer_config = dict(grad_clip=None)
lr_config = dict(policy="step", step=[10])
total_epochs = 3
checkpoint_config = dict(interval=1)
log_config = dict(interval=4, hooks=[dict(type="TextLoggerHook")])
log_level = "INFO"
load_from = None
resume_from = None
dist_params = dict(backend="nccl")
workflow = [("train", 1)]
