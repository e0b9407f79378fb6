"""Logs, checkpoints and start-up that all runs share."""

checkpoint_config = dict(interval=10)
log_config = dict(
    interval=50,
    hooks=[dict(type="TextLoggerHook"), dict(type="TensorboardLoggerHook")],
)
log_level = "INFO"
load_from = None
resume_from = None
dist_params = dict(backend="nccl")  # gloo is used where there is no GPU
workflow = [("train", 1)]
