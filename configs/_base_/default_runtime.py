"""Logs, checkpoints and start-up that all runs share."""

checkpoint_config = dict(interval=10)
log_config = dict(
    interval=50,
    hooks=[
        dict(type="TextLoggerHook"),
        dict(type="TensorboardLoggerHook"),
        # dict(type="MlflowLoggerHook", exp_name="pose"),  # to MLFLOW_TRACKING_URI
        # dict(type="WandbLoggerHook", init_kwargs=dict(project="pose", mode="offline")),
    ],
)
# evaluation = dict(examples=3)  # pictures of best, median, worst answers each validation leaves; 0: none
log_level = "INFO"
channels_last = None  # memory layout while training; None: on the CPU, where it is faster
# fp16 = dict(dtype="bf16")  # mixed precision; dict(loss_scale="dynamic") for half precision
# compile = dict(mode="reduce-overhead")  # arguments of torch.compile
load_from = None
resume_from = None
dist_params = dict(backend="nccl")  # gloo is used where there is no GPU
workflow = [("train", 1)]
