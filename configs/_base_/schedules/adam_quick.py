"""Minutes on two cores: a few epochs, one device, the rate falling to zero along a cosine."""

optimizer = dict(type="Adam", lr=3e-3, fused=True)  # one kernel: a tenth of a step on a CPU
optimizer_config = dict(grad_clip=None)
lr_config = dict(
    policy="CosineAnnealing",
    by_epoch=False,
    min_lr=0,
    warmup="linear",
    warmup_iters=50,
    warmup_ratio=0.01,
)
total_epochs = 3
